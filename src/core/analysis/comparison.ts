import type { Distribution, Engine, PassOptions } from '../engine/engine';
import type { MethodId } from '../engine/normalizations/normalization';
import { complexPart } from '../tensor/complex';
import { dtypeKind } from '../tensor/dtype';
import type { TensorData } from '../tensor/tensor';
import { counted, formatShape } from '../text/numbers';
import type { AnalyzeOptions } from './analyze';
import { differenceOf, type Difference } from './difference';
import { farthest } from './inference';
import { isApplicable, seriesInReport, type AnalysisRequest, type Histogram, type MethodReport, type Report, type Series } from './report';
import { rangeOf, seriesOf, widened } from './series';
import { maxElements } from './views';

/** One of two tensors that are compared. */
export interface ComparedTensor {
  readonly file: Report['file'];
  readonly tensor: Report['tensor'];
  readonly layout: Report['layout'];
  readonly statistics: Report['statistics'];
  /** Of the values, on the range that both share. */
  readonly histogram: Histogram;
  readonly sampledEvery: number;
}

/** A group whose statistic differs most. */
export interface ComparedGroup {
  readonly group: number;
  readonly one: number;
  readonly other: number;
  /** |other − one| in the first one's standard deviation for means; |ln(other / one)| for variances. */
  readonly distance: number;
}

/** One statistic of the groups of both. */
export interface ComparedSeries {
  /** With histograms on one range. */
  readonly one: Series;
  readonly other: Series;
  /** Up to 8, farthest first; empty where groups are not each other's. */
  readonly worst: readonly ComparedGroup[];
}

/** LayerNorm or BatchNorm of both. */
export interface ComparedMethod {
  readonly id: MethodId;
  readonly label: string;
  readonly sharedBy: readonly [one: string, other: string];
  readonly groups: readonly [one: number, other: number];
  /** Why a group of one has none of the other's beside it; null where each has. */
  readonly apart: string | null;
  readonly mean: ComparedSeries;
  readonly variance: ComparedSeries;
}

/** Two tensors on the same axes: two layers, two checkpoints, before and after a step. */
export interface Comparison {
  readonly one: ComparedTensor;
  readonly other: ComparedTensor;
  readonly methods: readonly ComparedMethod[];
  /** Methods that do not apply to both, and why, in sentences. */
  readonly remarks: readonly string[];
  readonly difference: Difference | { readonly notApplicable: string };
}

/** A tensor, and what analyzes it. */
export interface ComparedSource {
  readonly data: TensorData;
  analyze(request: Omit<AnalysisRequest, 'tensor'>, options: AnalyzeOptions): Promise<Report>;
}

export type ComparisonRequest = Pick<AnalysisRequest, 'layout' | 'normalizedDims' | 'normalizedAxes' | 'eps'>;

export interface ComparisonOptions {
  readonly signal?: AbortSignal;
  /** Share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

const bins = 128;
const mostWorst = 8;
/** Histograms reach at most this many standard deviations, as those of a single tensor do. */
const widestInSigmas = 8;

/**
 * Reads each tensor for its statistics, for its histogram, and both side by side where their shapes are the same.
 * @param request of the first; of the second where it has as many axes
 * @throws NormoscopeError as `analyze`
 */
export async function compareTensors(engine: Engine, one: ComparedSource, other: ComparedSource, request: ComparisonRequest, options: ComparisonOptions): Promise<Comparison> {
  const pass: PassOptions = options.signal === undefined ? {} : { signal: options.signal };
  const analyzed = async (source: ComparedSource, asked: ComparisonRequest, from: number) =>
    source.analyze({ ...asked, full: true }, { ...pass, onPartial: ({ progress }) => options.onProgress?.(from + progress * 0.35) });
  const reports = [
    await analyzed(one, request, 0),
    await analyzed(other, one.data.shape.length === other.data.shape.length ? request : {}, 0.35),
  ] as const;
  options.onProgress?.(0.7);
  const range = sharedRange(reports);
  const compared = async ({ data }: ComparedSource, { file, tensor, layout, statistics }: Report): Promise<ComparedTensor> => {
    const real = dtypeKind(data.encoding.dtype) === 'complex' ? complexPart(data, 'real') : data;
    const raw = { grouping: { kept: data.shape.map(() => false) }, shift: Float64Array.of(0), scale: Float64Array.of(1), ...range };
    const { views, sampledEvery } = await engine.distributions(real, { views: [raw], bins, rowAxes: 0, maxRows: 1, maxColumns: 1, maxElements }, pass);
    const { counts, below, above, notFinite } = views[0] as Distribution;
    return { file, tensor, layout, statistics, histogram: { ...range, counts, below, above, notFinite }, sampledEvery };
  };
  const tensors = [await compared(one, reports[0]), await compared(other, reports[1])] as const;
  options.onProgress?.(0.85);
  return { one: tensors[0], other: tensors[1], ...comparedMethods(reports), difference: await differenceOf(engine, one.data, other.data, pass) };
}

/** What holds the values of both, within 8 standard deviations of each one's mean. */
function sharedRange(reports: readonly Report[]): { readonly low: number; readonly high: number } {
  const ranges = reports.flatMap(({ statistics: { mean, std, min, max } }) =>
    mean === null || std === null || min === null || max === null ? [] : [{ low: Math.max(min, mean - widestInSigmas * std), high: Math.min(max, mean + widestInSigmas * std) }],
  );
  return widened(Math.min(...ranges.map(({ low }) => low)), Math.max(...ranges.map(({ high }) => high)));
}

function comparedMethods([one, other]: readonly [Report, Report]): Pick<Comparison, 'methods' | 'remarks'> {
  const methods: ComparedMethod[] = [];
  const remarks: string[] = [];
  for (const id of ['layer', 'batch'] as const) {
    const [a, b] = [one, other].map((report) => report.methods.find((method) => method.id === id));
    if (a === undefined || b === undefined) continue;
    if (isApplicable(a) && isApplicable(b)) methods.push(comparedMethod(one, other, a, b));
    else remarks.push(`${a.label} is not compared: ${'notApplicable' in a ? `of the first, ${a.notApplicable}` : `of the second, ${'notApplicable' in b ? b.notApplicable : ''}`}.`);
  }
  return { methods, remarks };
}

function comparedMethod(one: Report, other: Report, a: MethodReport, b: MethodReport): ComparedMethod {
  const kept = ({ tensor: { shape } }: Report, { reducedAxes }: MethodReport) => shape.filter((_, axis) => !reducedAxes.includes(axis));
  const [own, others] = [kept(one, a), kept(other, b)];
  const apart =
    own.join() === others.join() && a.sharedBy === b.sharedBy
      ? null
      : `${a.label} has ${counted(a.groups, 'mean')} of the first, one for ${a.sharedBy} ${formatShape(own)}, and ${counted(b.groups, 'mean')} of the second, one for ${b.sharedBy} ${formatShape(others)}: how they are distributed can be compared, not one by one.`;
  const values = (series: Series | undefined) => series?.values ?? new Float64Array(0);
  const [mean, means] = [values(a.mean), values(b.mean)];
  const [variance, variances] = [values(a.variance), values(b.variance)];
  const none = new Float64Array(0);
  return {
    id: a.id,
    label: a.label,
    sharedBy: [a.sharedBy, b.sharedBy],
    groups: [a.groups, b.groups],
    apart,
    mean: comparedSeries(mean, means, apart === null ? mean.map((value, group) => distance((means[group] ?? NaN) - value, Math.sqrt(variance[group] ?? NaN))) : none),
    variance: comparedSeries(variance, variances, apart === null ? variance.map((value, group) => Math.abs(Math.log(ratio(variances[group] ?? NaN, value)))) : none),
  };
}

/** |difference| in σ; of a group without spread, 0 where nothing differs and infinite where something does. */
function distance(difference: number, sigma: number): number {
  return difference === 0 ? 0 : Math.abs(difference) / sigma;
}

/** 1 for 0 by 0. */
function ratio(value: number, by: number): number {
  return value === by ? 1 : value / by;
}

function comparedSeries(one: Float64Array, other: Float64Array, distances: Float64Array): ComparedSeries {
  const range = rangeOf([one, other]);
  const series = (values: Float64Array) => {
    const made = seriesOf(values, range, true);
    return values.length <= seriesInReport ? made : { ...made, values: null };
  };
  return {
    one: series(one),
    other: series(other),
    worst: farthest(distances, mostWorst).map((group) => ({ group, one: one[group] ?? NaN, other: other[group] ?? NaN, distance: distances[group] ?? NaN })),
  };
}
