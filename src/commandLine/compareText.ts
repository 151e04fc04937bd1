import { isApplicable, type BatchSizePoint, type MaskEffect, type MethodReport, type Report, type Series } from '../core/analysis/report';
import { runningText } from '../core/analysis/runningAverages';
import { otherWarnings } from '../core/diagnostics/ofFile';
import { counted, formatBytes, formatCount, formatNumber, formatPercent, formatShape } from '../core/text/numbers';
import { findingLine } from './findingLine';
import { precisionLines } from './precisionText';
import { indented, printable, table } from './table';
import type { Style } from './terminal';

/** What `normoscope compare` shows people. */
export function compareText(file: string, report: Report, style: Style): string {
  const { tensor, layout, eps, epsSource, statistics } = report;
  const name = tensor.name === '' ? '' : `, ${printable(tensor.name)}`;
  const sections = [
    [...report.answer],
    methodLines(report, style),
    maskLines(report, style),
    batchSizeLines(report),
    couplingLines(report),
    runningLines(report),
    precisionLines(report, style),
    recommendationLines(report, style),
    report.findings.map((finding) => findingLine(finding, style)),
    otherWarnings(report.warnings).map(({ message }) => `${style.warning('warning')}  ${printable(message)}`),
  ];
  return [
    `${style.strong(printable(file === '-' ? 'standard input' : file))}${name}`,
    '',
    ...indented(
      table([
        ['tensor', `${tensor.dtype} ${formatShape(tensor.shape)}, ${formatBytes(tensor.bytes)}`],
        ['layout', `${layout.roles || 'none'}: ${layout.reason}`],
        ['eps', `${formatNumber(eps)}, ${epsSource}`],
        ['mode', statistics.exact ? 'precise: float64 throughout' : 'fast: within 1e-6; --exact for float64 throughout'],
      ]),
    ),
    '',
    ...sections.filter((lines) => lines.length > 0).flatMap((lines) => [...indented(lines), '']),
  ].join('\n');
}

function methodLines({ methods, layout }: Report, style: Style): string[] {
  const titles = ['', 'shared by', 'reduces', 'groups', 'of', 'means', 'variances', 'output mean', 'std'];
  const rows = methods.map((method) =>
    isApplicable(method) ? methodCells(method, layout.roles) : [method.label, `not applicable: ${method.notApplicable}`],
  );
  const [head = '', ...lines] = table([titles, ...rows], ['left', 'left', 'left', 'right', 'right', 'left', 'left', 'right', 'right']);
  return [style.strong(head), ...lines];
}

function methodCells(method: MethodReport, roles: string): string[] {
  const { mean, variance, meanSquare, output } = method;
  return [
    method.label,
    method.sharedBy,
    method.reducedAxes.map((axis) => roles[axis]).join(' '),
    formatCount(method.groups),
    formatCount(method.elementsPerGroup),
    mean === undefined ? '' : rangeOf(mean),
    variance === undefined ? `${rangeOf(meanSquare)} (mean squares)` : rangeOf(variance),
    numberOrNone(output.mean),
    numberOrNone(output.std),
  ];
}

/** What the mask changes: the statistics with it, and with what it leaves out counted in. */
function maskLines({ mask, methods }: Report, style: Style): string[] {
  if (mask === null || mask.maskedElements === 0) return [];
  const rows = methods.flatMap((method) => {
    const effect = mask.withoutMask[method.id];
    return isApplicable(method) && effect !== undefined ? effectRows(method, effect) : [];
  });
  const [head = '', ...lines] = table([['', 'with the mask', 'without it', 'off by up to'], ...rows]);
  return [style.strong(head), ...lines];
}

function effectRows({ label, mean, variance }: MethodReport, effect: MaskEffect): string[][] {
  // What is left over of a difference that algebra makes zero is nobody's.
  const at = (group: number, difference: number) => (group < 0 || Math.abs(difference) < 1e-9 ? '' : ` (group ${formatCount(group)})`);
  const { meanShift, meanShiftGroup, varianceRatio, varianceRatioGroup } = effect;
  const moved = meanShift === null ? 'unknown' : `${inSigma(meanShift < 1e-9 ? 0 : meanShift)}${at(meanShiftGroup, meanShift)}`;
  const ratio = varianceRatio === null ? 'unknown' : `a factor of ${formatNumber(varianceRatio, 3)}${at(varianceRatioGroup, varianceRatio - 1)}`;
  return [
    [`${label}'s means`, rangeOf(mean), rangeOf(effect.mean), moved],
    [`${label}'s variances`, rangeOf(variance), rangeOf(effect.variance), ratio],
  ];
}

function rangeOf(series: Series | undefined): string {
  if (series === undefined || series.min === null || series.max === null) return 'none';
  const [low, high] = [formatNumber(series.min), formatNumber(series.max)];
  return low === high ? low : `${low} to ${high}`;
}

function numberOrNone(value: number | null): string {
  if (value === null) return 'none';
  // What is left over of a mean that algebra makes zero says nothing.
  return formatNumber(Math.abs(value) < 1e-9 ? 0 : value);
}

function batchSizeLines({ batchSize, resampling }: Report): string[] {
  if (batchSize.length === 0) return [];
  const row = (title: string, cell: (point: BatchSizePoint) => string) => [title, ...batchSize.map(cell)];
  const drawn = resampling === null ? [] : [
    row('  as drawn', ({ resampledStdOfVariance: share }) => (share === null ? '' : percent(share))),
    row('  as drawn', ({ resampledStdOfMean: share }) => (share === null ? '' : inSigma(share))),
  ];
  const [drawnVariance = [], drawnMean = []] = drawn;
  const lines = table(
    [
      row('batch of', ({ n }) => formatCount(n)),
      row('variance uncertain by', ({ raises, relativeStdOfVariance: share }) => (raises ? 'raises' : Number.isFinite(share) ? percent(share) : 'always 0')),
      drawnVariance,
      row('mean uncertain by', ({ relativeStdOfMean }) => inSigma(relativeStdOfMean)),
      drawnMean,
      row('independent elements', ({ effectiveN }) => formatCount(Math.round(effectiveN))),
    ].filter((cells) => cells.length > 0),
    ['left', ...batchSize.map(() => 'right' as const)],
  );
  if (resampling === null) return lines;
  const { draws, samples, channels } = resampling;
  return [...lines, `as drawn: over ${formatCount(draws)} batches out of ${counted(samples, 'sample')}, root mean square of ${counted(channels, 'channel')}`];
}

/** What one sample's output has of the others. */
function couplingLines({ coupling, methods }: Report): string[] {
  if (coupling === null) return [];
  const alone = methods.filter(({ id }) => coupling.methods[id]?.max === 0).map(({ label }) => label);
  const { samples, mean, max } = coupling;
  return [
    `A sample left out moves the BatchNorm output of another by ${formatNumber(mean, 2)} (root mean square), at most by ${formatNumber(max, 2)} (${counted(samples.length, 'sample')} by pairs).`,
    ...(alone.length === 0 ? [] : [`It moves nothing of ${alone.join(', ')}.`]),
  ];
}

function runningLines({ runningAverages }: Report): string[] {
  if (runningAverages === null) return [];
  return 'notApplicable' in runningAverages ? [`Running statistics: ${runningAverages.notApplicable}.`] : runningText(runningAverages);
}

function inSigma(share: number): string {
  return Number.isFinite(share) ? `${formatNumber(share, 2)} σ` : 'unknown';
}

function percent(share: number): string {
  return Number.isFinite(share) ? formatPercent(share) : 'unknown';
}

function recommendationLines({ recommendation, methods }: Report, style: Style): string[] {
  if (recommendation === null) return [];
  const label = methods.find(({ id }) => id === recommendation.method)?.label ?? recommendation.method;
  return [`Typically ${style.strong(label)}:`, ...recommendation.reasons.map((reason) => `- ${reason}`)];
}
