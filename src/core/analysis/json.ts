import type { Catalog, TensorInfo } from '../tensor/tensor';
import type { ErrorData } from '../errors';
import type { Gradients } from './backward';
import type { Finding } from './finding';
import type { Inference } from './inference';
import type { TensorContents } from './inspect';
import type { PrecisionReport } from './precision';
import {
  isApplicable,
  type Coupling,
  type GroupDetails,
  type GroupHistograms,
  type MaskReport,
  type MethodReport,
  type NotApplicable,
  type Report,
  type Series,
  type Statistics,
} from './report';
import { rangeOf, seriesOf } from './series';
import { extremesOf } from './statistics';
import type { Values } from './values';

/**
 * The documents of `normoscope compare` and `normoscope inspect` (a contract: fields are added, never renamed), as plain
 * values. Numbers are numbers; whoever writes the text encodes NaN, infinities and large integers.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface CompareOptions {
  /** Every number of every mean, variance and mean square, and what the report has of every group beside them. */
  readonly full: boolean;
}

export function compareDocument(fileName: string, report: Report, options: CompareOptions): JsonObject {
  return {
    file: fileName,
    format: report.file.format,
    tensor: report.tensor.name,
    dtype: report.tensor.dtype,
    storedDtype: report.tensor.storedDtype,
    shape: report.tensor.shape,
    layout: report.layout.roles,
    layoutReason: report.layout.reason,
    eps: report.eps,
    epsSource: report.epsSource,
    statistics: statisticsObject(report.statistics),
    methods: Object.fromEntries(report.methods.map((method) => [method.id, methodObject(method, options)])),
    mask: report.mask && maskObject(report.mask, options),
    ...(report.groupHistograms && { histograms: histogramsObject(report.groupHistograms, report.sampledEvery) }),
    batchSize: report.batchSize,
    resampling: report.resampling,
    coupling: report.coupling && couplingObject(report.coupling, options),
    runningAverages: report.runningAverages && runningObject(report.runningAverages),
    affine: report.affine,
    inference: report.inference && inferenceObject(report.inference, options),
    precision: precisionObject(report.precision),
    recommendation: report.recommendation,
    findings: report.findings,
    warnings: report.warnings,
    backend: report.backend,
  };
}

/** Extremes are those of the integers themselves, where they have them. */
function statisticsObject(statistics: Statistics): JsonObject {
  const { integers, ...fields } = statistics;
  return integers === null ? fields : { ...fields, ...extremesOf(statistics) };
}

function methodObject(method: MethodReport | NotApplicable, options: CompareOptions): JsonObject {
  if (!isApplicable(method)) return { notApplicable: method.notApplicable };
  return {
    reducedAxes: method.reducedAxes,
    groups: method.groups,
    ...(method.numGroups === undefined ? {} : { numGroups: method.numGroups }),
    sharedBy: method.sharedBy,
    elementsPerGroup: method.elementsPerGroup,
    ...(method.mean && { mean: seriesObject(method.mean, options) }),
    ...(method.variance && { variance: seriesObject(method.variance, options) }),
    ...(method.meanSquare && { meanSquare: seriesObject(method.meanSquare, options) }),
    ...(options.full && method.details && { perGroup: detailsObject(method.details) }),
    output: method.output,
    ...(method.unmasked && { unmasked: method.unmasked }),
  };
}

/** The matrix as rows, with `--full` alone. */
function couplingObject({ samples, channels, methods, values }: Coupling, { full }: CompareOptions): JsonObject {
  const size = samples.length;
  return { samples, channels, methods, ...(full && { values: samples.map((_, row) => numbers(values.subarray(row * size, (row + 1) * size))) }) };
}

/** Without the statistics of every channel: what they come to is the inference's to tell. */
function runningObject(running: NonNullable<Report['runningAverages']>): JsonObject {
  return Object.fromEntries(Object.entries(running).filter(([name]) => name !== 'final'));
}

/** Shift and scale of every channel with `--full` alone. */
function inferenceObject({ from, channels, shift, scale, shifts, scales, worstShifts, worstScales, output }: Inference, { full }: CompareOptions): JsonObject {
  return { from, channels, shifts, scales, worstShifts, worstScales, output, ...(full && { shift: numbers(shift ?? []), scale: numbers(scale ?? []) }) };
}

function maskObject(mask: MaskReport, options: CompareOptions): JsonObject {
  const withoutMask = Object.entries(mask.withoutMask).map(([id, effect]) => [
    id,
    { ...effect, mean: seriesObject(effect.mean, options), variance: seriesObject(effect.variance, options) },
  ]);
  return { ...mask, withoutMask: Object.fromEntries(withoutMask) as JsonObject };
}

/** By arithmetic, and by method in each; null where none was asked for. */
function precisionObject(precision: readonly PrecisionReport[]): JsonObject | null {
  if (precision.length === 0) return null;
  const entries = precision.map(({ arithmetic, methods, ...rest }) => {
    const byMethod = methods.map(({ id, ...found }) => [id, found]);
    return [arithmetic, { ...rest, methods: Object.fromEntries(byMethod) as JsonObject }];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function seriesObject({ size, first, last, min, max, values }: Series, { full }: CompareOptions): JsonObject {
  return { size, first: numbers(first), last: numbers(last), min, max, ...(full && { values: numbers(values ?? []) }) };
}

function detailsObject({ size, ...columns }: GroupDetails): JsonObject {
  return { size, ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, numbers(values)])) };
}

function histogramsObject(histograms: readonly GroupHistograms[], sampledEvery: number): JsonObject {
  return { sampledEvery, ...Object.fromEntries(histograms.map((found) => [found.of, histogramRows(found)])) };
}

function histogramRows(found: GroupHistograms): JsonObject {
  if ('notApplicable' in found) return { notApplicable: found.notApplicable };
  const { low, high, size, bins, counts, below, above, notFinite } = found;
  const rows = Array.from({ length: size }, (_, row) => [...counts.subarray(row * bins, (row + 1) * bins)]);
  return { size, bins, low, high, counts: rows, below: [...below], above: [...above], notFinite: [...notFinite] };
}

function numbers(list: Iterable<number>): (number | null)[] {
  return Array.from(list, (value) => (Number.isNaN(value) ? null : value));
}

/** What `normoscope backward` read and wrote. */
export interface GradientFiles {
  readonly file: string;
  readonly tensor: string;
  readonly method: string;
  readonly gradient: { readonly file: string; readonly tensor: string | undefined };
  readonly out: string;
  readonly weight: string | undefined;
  readonly bias: string | undefined;
}

export function gradientsDocument(files: GradientFiles, gradients: Gradients, options: CompareOptions): JsonObject {
  const { normalized, gradientNorms, inputNorms, notFinite } = gradients;
  const norms = (values: Float64Array | null) => values && seriesObject(seriesOf(values, rangeOf([values]), options.full), options);
  return {
    file: files.file,
    tensor: files.tensor,
    gradient: { file: files.gradient.file, tensor: files.gradient.tensor ?? null },
    method: files.method,
    layout: normalized.layout.roles,
    layoutReason: normalized.layout.reason,
    eps: normalized.eps,
    out: { file: files.out, dtype: normalized.dtype, shape: normalized.shape },
    weightGradient: parameterObject(files.weight, normalized.dtype, gradients.weight),
    biasGradient: parameterObject(files.bias, normalized.dtype, gradients.bias),
    samples: { gradientNorm: norms(gradientNorms), inputNorm: norms(inputNorms) },
    notFinite,
  };
}

function parameterObject(file: string | undefined, dtype: string, values: Values | null): JsonObject | null {
  return file === undefined || values === null ? null : { file, dtype, shape: values.shape };
}

/** What became of one tensor of a catalog: its contents, the failure of its reading, or nothing for one that is not readable. */
export type Inspected = { readonly contents: TensorContents } | { readonly error: ErrorData } | null;

export function inspectDocument(
  fileName: string,
  catalog: Catalog,
  bytes: number,
  tensors: readonly { readonly info: TensorInfo; readonly inspected: Inspected }[],
  findings: readonly Finding[],
): JsonObject {
  return {
    file: fileName,
    format: catalog.format,
    bytes,
    metadata: catalog.metadata,
    tensors: tensors.map(({ info, inspected }) => tensorObject(info, inspected)),
    findings,
    warnings: catalog.warnings,
  };
}

function tensorObject(info: TensorInfo, inspected: Inspected): JsonObject {
  const { name, dtype, storedDtype, shape, bytes, status, reason } = info;
  const header = { name, dtype, storedDtype, shape, bytes, status, reason };
  if (inspected !== null && 'contents' in inspected) {
    const { statistics, statisticsImaginary: imaginary, ...elements } = inspected.contents;
    const parts = { statistics: statisticsObject(statistics), ...(imaginary && { statisticsImaginary: statisticsObject(imaginary) }) };
    return { ...header, ...parts, ...elements };
  }
  const nothing = { statistics: null, first: [], last: [] };
  return { ...header, ...nothing, ...(inspected === null ? {} : { error: inspected.error }) };
}
