import type { PrecisionReport } from '../core/analysis/precision';
import type { Report } from '../core/analysis/report';
import type { MethodId } from '../core/engine/normalizations/normalization';
import { breakText } from '../core/diagnostics/breakText';
import { formatCount, formatNumber, formatPercent } from '../core/text/numbers';
import { table } from './table';
import type { Style } from './terminal';

/** What the simulated arithmetics make of the tensor: two tables, of the elements and of the normalizations. */
export function precisionLines({ precision, methods: reported, tensor, eps }: Report, style: Style): string[] {
  if (precision.length === 0) return [];
  const casts = table(
    [['', 'overflow', 'become 0', 'subnormal', `eps ${formatNumber(eps)}`], ...precision.map(castCells)],
    ['left', 'right', 'right', 'right', 'left'],
  );
  const methods = table(
    [
      ['', '', 'variance off by', 'output off by', 'broken groups', 'breaks first'],
      ...precision.flatMap((simulated) => methodRows(simulated, tensor.shape, new Map(reported.map(({ id, label }) => [id, label])))),
    ],
    ['left', 'left', 'right', 'right', 'right', 'left'],
  );
  return [casts, methods].flatMap(([head = '', ...lines], index) => [...(index === 0 ? [] : ['']), style.strong(head), ...lines]);
}

function castCells({ arithmetic, epsFlushed, cast }: PrecisionReport): string[] {
  const share = (count: number) => (count === 0 ? '0' : formatPercent(count / cast.elements));
  return [arithmetic, share(cast.overflow), share(cast.underflow), share(cast.subnormal), epsFlushed ? 'becomes 0' : 'is held'];
}

function methodRows({ arithmetic, methods }: PrecisionReport, shape: readonly number[], labels: ReadonlyMap<MethodId, string>): string[][] {
  return methods.map(({ id, varianceError, outputError, broken, groups, firstBreak }) => [
    arithmetic,
    labels.get(id) ?? id,
    varianceError === null ? 'none finite' : varianceError === 0 ? '0' : formatPercent(varianceError),
    outputError === null ? 'none finite' : formatNumber(outputError),
    `${formatCount(broken)} of ${formatCount(groups)}`,
    firstBreak === null ? '' : breakText(firstBreak, shape),
  ]);
}
