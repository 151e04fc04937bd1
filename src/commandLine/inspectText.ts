import type { TensorContents } from '../core/analysis/inspect';
import type { Statistics } from '../core/analysis/report';
import { extremesOf, quantileNote } from '../core/analysis/statistics';
import { findingsOfFile, otherWarnings } from '../core/diagnostics/ofFile';
import { formats } from '../core/formats/registry';
import type { Catalog, TensorInfo } from '../core/tensor/tensor';
import { counted, formatBytes, formatCount, formatNumber, formatPercent, formatShape } from '../core/text/numbers';
import { findingLine } from './findingLine';
import type { InspectedTensor } from './inspect';
import { indented, printable, table } from './table';
import type { Style } from './terminal';

/** What `normoscope inspect` shows people: one tensor in full, several as rows of a table. */
export function inspectText(file: string, catalog: Catalog, bytes: number, tensors: readonly InspectedTensor[], style: Style): string {
  const label = formats.find(({ id }) => id === catalog.format)?.label ?? catalog.format;
  const more = catalog.tensors.length === 1 ? '' : `, ${counted(catalog.tensors.length, 'tensor')}`;
  const [only] = tensors;
  const body = only === undefined ? ['No tensor.'] : tensors.length === 1 ? oneTensor(only) : manyTensors(tensors, style);
  const findings = findingsOfFile(catalog.warnings).map((finding) => findingLine(finding, style));
  const warnings = otherWarnings(catalog.warnings).map(({ message }) => `${style.warning('warning')}  ${printable(message)}`);
  const told = [...findings, ...warnings];
  return [
    `${style.strong(printable(file === '-' ? 'standard input' : file))}  ${label}, ${formatBytes(bytes)}${more}`,
    '',
    ...indented(body),
    ...(told.length === 0 ? [] : ['', ...indented(told)]),
    '',
  ].join('\n');
}

function oneTensor({ info, inspected }: InspectedTensor): string[] {
  const rows: [string, string][] = [];
  if (info.name !== '') rows.push(['name', printable(info.name)]);
  rows.push(['type', typeOf(info)], ['shape', shapeOf(info)]);
  if (inspected !== null && 'contents' in inspected) rows.push(...contentRows(inspected.contents));
  else rows.push([info.status === 'unsupported' ? 'unsupported' : 'refused', printable(reasonOf({ info, inspected }))]);
  return table(rows);
}

function typeOf({ dtype, storedDtype }: TensorInfo): string {
  return dtype === null ? printable(storedDtype) : `${dtype} (${printable(storedDtype)})`;
}

function shapeOf({ shape, bytes }: TensorInfo): string {
  return `${formatShape(shape)}, ${formatBytes(bytes)}`;
}

function reasonOf({ info, inspected }: InspectedTensor): string {
  return inspected !== null && 'error' in inspected ? inspected.error.message : (info.reason ?? '');
}

function contentRows({ statistics, statisticsImaginary, first, last }: TensorContents): [string, string][] {
  const elements = (values: readonly (number | bigint)[]) => values.map(elementText).join('  ');
  const rows: [string, string][] = [['elements', countsOf(statistics)]];
  if (statisticsImaginary === undefined) rows.push(...momentRows(statistics, ''));
  else rows.push(...momentRows(statistics, 'real '), ...momentRows(statisticsImaginary, 'imag. '));
  if (first.length > 0) rows.push(['first', elements(first)], ['last', elements(last)]);
  return rows;
}

function elementText(value: number | bigint): string {
  if (typeof value === 'number') return formatNumber(value);
  return String(value).replace('-', '−');
}

function countsOf({ count, nan, posInf, negInf, zeros, subnormal }: Statistics): string {
  const odd = [
    [nan, 'NaN'],
    [posInf, '+Inf'],
    [negInf, '−Inf'],
  ] as const;
  const named = odd.map(([number, name]) => `${formatCount(number)} ${name}`);
  return `${formatCount(count)} finite (${counted(zeros, 'zero')}${subnormal ? `, ${formatCount(subnormal)} subnormal` : ''}), ${named.join(', ')}`;
}

function momentRows(statistics: Statistics, prefix: string): [string, string][] {
  const { mean, variance, varianceUnbiased, std, skewness, excessKurtosis, quantiles, exact } = statistics;
  const { min, max, absMax } = extremesOf(statistics);
  if (mean === null || min === null) return [];
  const note = quantileNote(statistics);
  const number = (value: number | bigint | null) => {
    if (value === null) return 'none';
    return typeof value === 'bigint' ? formatCount(value) : formatNumber(value, 6);
  };
  return [
    [`${prefix}mean`, number(mean)],
    [`${prefix}std`, number(std)],
    [`${prefix}variance`, `${number(variance)} (unbiased ${number(varianceUnbiased)})`],
    [`${prefix}range`, `${number(min)} to ${number(max)}, at most ${number(absMax)} from zero`],
    [`${prefix}skewness`, `${number(skewness)}, excess kurtosis ${number(excessKurtosis)}`],
    ...(quantiles === null ? [] : [[`${prefix}quantiles`, quantilesOf(quantiles)] satisfies [string, string]]),
    ...(note === '' ? [] : [['', note] satisfies [string, string]]),
    ...(exact ? [] : [[`${prefix}mode`, 'fast: within 1e-6; --exact for float64 throughout'] satisfies [string, string]]),
  ];
}

function quantilesOf(quantiles: Readonly<Record<string, number>>): string {
  return Object.entries(quantiles).map(([level, value]) => `${formatPercent(Number(level))}: ${formatNumber(value, 6)}`).join('  ');
}

function manyTensors(tensors: readonly InspectedTensor[], style: Style): string[] {
  const titles = ['name', 'type', 'shape', 'size', 'finite', 'NaN', 'Inf', 'mean', 'std', 'min', 'max'];
  const rows = tensors.map(({ info, inspected }) => {
    const start = [printable(info.name), typeOf(info), formatShape(info.shape), formatBytes(info.bytes)];
    if (inspected === null || 'error' in inspected) return [...start, printable(reasonOf({ info, inspected }))];
    const { count, nan, posInf, negInf, mean, std, min, max } = inspected.contents.statistics;
    const numbers = [mean, std, min, max].map((value) => (value === null ? '' : formatNumber(value)));
    return [...start, formatCount(count), formatCount(nan), formatCount(posInf + negInf), ...numbers];
  });
  const [head = '', ...lines] = table([titles, ...rows], ['left', 'left', 'left', ...new Array<'right'>(8).fill('right')]);
  return [style.strong(head), ...lines];
}
