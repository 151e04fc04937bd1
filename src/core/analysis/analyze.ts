import type { Engine, MomentsResult, PassOptions } from '../engine/engine';
import type { MomentTable } from '../engine/moments';
import type { MethodId, Plan } from '../engine/normalizations/normalization';
import type { SimulationOptions } from '../engine/simulation';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { complexPart } from '../tensor/complex';
import { dtypeKind } from '../tensor/dtype';
import { inferLayout, parseLayout } from '../tensor/layout';
import { elementCount, type TensorData, type Warning } from '../tensor/tensor';
import { answer, recommend } from './answer';
import { batchSizePoints, batchSizesOf, intraSampleCorrelation } from './batchSize';
import { batchOutputs } from './batchOutputs';
import { batchCoupling, keepsSamples } from './coupling';
import type { Evidence } from './evidence';
import { groupHistogramsOf, planHistograms } from './groupHistograms';
import { givenOf, type Given } from './given';
import { inferenceFrom } from './inference';
import { findMask } from './masking';
import { maskReport, unmaskedElements } from './maskEffect';
import { measure, methodReport, sharedRanges, type Measured } from './methods';
import { runningAverages, runningRequest } from './miniBatches';
import { countOutliers } from './outliers';
import { paddingOf } from './padding';
import { simulatePrecision, type PrecisionReport } from './precision';
import { isPrecise, planAll, sampleCells, sampleCount, samplesWithElements, type SampleCells } from './plans';
import type { AnalysisRequest, Report, Statistics } from './report';
import { resample } from './resampling';
import { elementCells, type SampleTable } from './sampleTable';
import { noStatistics, statisticsOf, statisticsOfAll } from './statistics';
import { tensorInfo } from './tensorInfo';
import { viewMaps, type ViewMaps } from './tiles';
import { inferenceView, maxElements, pictureRowAxes, sigmaReach, viewRequest, viewsOf, withHistograms } from './views';

/** PyTorch's default of every normalization but RMSNorm. */
const defaultEps = 1e-5;

export interface AnalyzeOptions {
  readonly signal?: AbortSignal;
  /** Partial reports while the bytes stream in. */
  readonly onPartial?: (report: Report) => void;
  /** What the views map elements by, once it is known: for pixels that are asked for later. */
  readonly onViews?: (maps: ViewMaps) => void;
}

export interface Analysis {
  /** Without findings: those are the diagnostics' work. */
  readonly report: Report;
  readonly evidence: Evidence;
}

/**
 * The analysis of one tensor: all statistics from one read of its bytes, and, where they are asked for, histograms and
 * pictures from a second.
 * @throws NormoscopeError when the tensor is not readable, the options do not fit, or the reading fails
 */
export async function analyze(
  source: ByteSource,
  file: OpenFile,
  engine: Engine,
  request: AnalysisRequest,
  limits: Limits,
  options: AnalyzeOptions,
): Promise<Analysis> {
  const { data, mask, report, evidence, shown, given } = await firstPass(source, file, engine, request, limits, options);
  if (!draws(request)) return { report, evidence };
  options.onPartial?.({ ...report, progress: shareRead(request, data.shape, passesBefore(request), 1) });
  const { views: all, ...picture } = viewRequest(report.layout, evidence.overall, shown, given.affine);
  options.onViews?.(viewMaps(request.tensor, all, shown, mask));
  const views = request.views === undefined ? [] : all;
  const planned = planHistograms(request.groupHistograms ?? [], data.shape, report.layout, all[0], limits);
  const groups = planned.flatMap((plan) => ('request' in plan ? [plan.request] : []));
  const inference = inferenceView(views, shown, given, report.eps);
  const distributions = await engine.distributions(data, { ...picture, views: [...views, ...inference], groups }, { ...passOptions(options), ...mask });
  return {
    report: {
      ...report,
      views: viewsOf(views, shown, distributions, request.parameters),
      inference: withHistograms(report.inference, inference, views, shown, distributions),
      ...(planned.length > 0 && { groupHistograms: groupHistogramsOf(planned, distributions.groups) }),
      sampledEvery: distributions.sampledEvery,
    },
    evidence,
  };
}

/**
 * What the views of an analysis map elements by, without its pictures.
 * @throws NormoscopeError as `analyze`
 */
export async function measureViews(...[source, file, engine, request, limits, options]: Parameters<typeof analyze>): Promise<ViewMaps> {
  const { mask, report, evidence, shown, given } = await firstPass(source, file, engine, { ...request, precision: [] }, limits, options);
  return viewMaps(request.tensor, viewRequest(report.layout, evidence.overall, shown, given.affine).views, shown, mask);
}

/** Whether anything is asked for that is drawn from a read of its own. */
function draws({ views, groupHistograms = [] }: AnalysisRequest): boolean {
  return views !== undefined || groupHistograms.length > 0;
}

/** Reads of the whole tensor for its statistics: one without the mask, and one with it. */
function passesBefore({ mask }: AnalysisRequest): number {
  return mask === undefined ? 1 : 2;
}

/** How much is done after so many of the passes, and this share of the simulation, which reads about twice as much as one. */
function shareRead(request: AnalysisRequest, shape: readonly number[], passes: number, ofSimulation = 0): number {
  const total = elementCount(shape);
  const simulated = isSimulated(request) ? 2 * total : 0;
  const drawn = draws(request) ? Math.min(total, maxElements) : 0;
  return (passes * total + ofSimulation * simulated) / Math.max(1, passesBefore(request) * total + simulated + drawn);
}

function isSimulated({ precision }: AnalysisRequest): boolean {
  return precision !== undefined && precision.length > 0;
}

interface FirstPass extends Analysis {
  readonly data: TensorData;
  readonly mask: Pick<PassOptions, 'mask'>;
  readonly shown: readonly Measured[];
  readonly given: Given;
}

/**
 * Everything but the views. A function of its own, since a million groups of a method that is not shown should not wait
 * in memory while those of the others are drawn.
 */
async function firstPass(
  source: ByteSource,
  file: OpenFile,
  engine: Engine,
  request: AnalysisRequest,
  limits: Limits,
  options: AnalyzeOptions,
): Promise<FirstPass> {
  const info = tensorInfo(file, request.tensor);
  const { shape } = info;
  const stored = file.tensor(request.tensor);
  const isComplex = dtypeKind(stored.encoding.dtype) === 'complex';
  const data = isComplex ? complexPart(stored, 'real') : stored;
  const layout = request.layout === undefined ? inferLayout(shape) : parseLayout(request.layout, shape);
  const eps = epsOf(request);
  if (isSimulated(request) && request.mask !== undefined) {
    throw new NormoscopeError('usage', 'Other arithmetics are simulated on whole tensors; they take no mask.');
  }
  const asked = runningRequest(request);
  const planned = planAll(shape, layout, request, limits);
  const plans = planned.filter((method) => 'plan' in method);
  const cells = sampleCells(shape, layout, plans, limits);
  const given = givenOf(shape, layout, plans, request.parameters);

  const header: Report = {
    file: { name: source.name, format: file.catalog.format, bytes: source.size },
    tensor: {
      name: info.name,
      index: request.tensor,
      dtype: stored.encoding.dtype,
      storedDtype: info.storedDtype,
      shape,
      bytes: info.bytes,
    },
    layout,
    eps,
    epsSource: request.eps === undefined ? 'assumed: PyTorch default' : 'given',
    progress: 0,
    statistics: noStatistics,
    methods: [],
    views: [],
    pictureRowAxes: pictureRowAxes(layout),
    sampledEvery: 1,
    mask: null,
    ...noBatchSizes,
    coupling: null,
    runningAverages: null,
    affine: [...given.affine.keys()],
    inference: null,
    gradients: null,
    precision: [],
    recommendation: null,
    answer: [],
    findings: [],
    warnings: isComplex ? [...file.catalog.warnings, complexWarning] : file.catalog.warnings,
    backend: engine.backend,
  };

  const groupings = plans.map(({ plan }) => plan.grouping);
  const masking =
    request.mask === undefined
      ? null
      : await findMask(
          data,
          { shape, dtype: stored.encoding.dtype, layout },
          request.mask,
          plans,
          { file, engine, limits, signal: options.signal },
          // What is counted here is not what is shown in the end: no statistics of it.
          { ...passOptions(options), onProgress: ({ elementsDone, elementsTotal }) => options.onPartial?.({ ...header, progress: shareRead(request, shape, elementsDone / elementsTotal) }) },
        );
  const mask = masking === null ? {} : { mask: masking.mask };
  const moments = await engine.moments(data, cells === null ? groupings : [...groupings, cells.grouping], {
    ...passOptions(options),
    ...mask,
    precise: isPrecise(request),
    onProgress: ({ elementsDone, elementsTotal, overall, exact }) => {
      if (elementsDone === elementsTotal) return;
      // Of what a mask leaves of a part nobody knows how large a part it is.
      const statistics = masking === null ? statisticsOf(overall(), 0, exact) : noStatistics;
      options.onPartial?.({ ...header, progress: shareRead(request, shape, (masking === null ? 0 : 1) + elementsDone / elementsTotal), statistics });
    },
  });
  const measured = plans.map(({ normalization, plan }, index) => measure(normalization, plan, tableAt(moments, index), eps));
  const tables: Evidence['methods'] = new Map(measured.map(({ normalization, plan, table }) => [normalization.id, { plan, table }]));
  const statistics = statisticsOfAll(moments);
  const precision = await precisionOf(data, measured, statistics, engine, request, limits, {
    ...passOptions(options),
    onProgress: (share) => options.onPartial?.({ ...header, progress: shareRead(request, shape, passesBefore(request), share), statistics }),
  });
  const known = {
    tensor: info,
    layout,
    eps,
    overall: moments.overall,
    methods: tables,
    // What a mask leaves is no padding to those who made it.
    padding: masking === null ? paddingOf(tables, layout, shape) : null,
    firstNotFinite: moments.firstNotFinite,
    subnormal: moments.subnormal,
    quantiles: moments.quantiles,
    precision,
    warnings: file.catalog.warnings,
  };
  const table = await sampleTable(engine, data, known, cells, moments, plans.length, limits, { ...passOptions(options), ...mask });
  const sizes = batchSizes(known, shape, table, moments.masked);
  const evidence: Evidence = { ...known, batchSize: sizes.batchSize, outliers: await countOutliers(engine, data, known, { ...passOptions(options), ...mask }) };

  const channels = evidence.methods.get('batch')?.table ?? null;
  const running = await runningAverages(engine, data, layout, asked, table, channels, limits, { ...passOptions(options), ...mask });
  const ranges = sharedRanges(measured);
  const methods = planned.map((method) => {
    const { id, label } = method.normalization;
    if ('notApplicable' in method) return { id, label, notApplicable: method.notApplicable };
    const found = measured.find(({ normalization }) => normalization === method.normalization) as Measured;
    return methodReport(found, ranges, request, masking !== null);
  });
  const effects = measured.flatMap((one, index) => {
    const unmasked = masking?.unmasked.get(plans[index] as (typeof plans)[number]);
    return unmasked === undefined ? [] : [{ measured: one, unmasked }];
  });
  const masked =
    masking === null || request.mask === undefined
      ? null
      : maskReport(request.mask, masking.mask, { masked: moments.masked, total: elementCount(shape) }, effects, request.full === true);
  const measurements = {
    roles: layout.roles,
    elements: elementCount(shape),
    varies: varies(moments.overall),
    methods,
    ...sizes,
    padding: evidence.padding,
    mask: masked,
  };
  const shown = measured.filter(({ normalization }) => request.views?.includes(normalization.id));
  const outputs = request.batchOutputs === true ? await batchOutputs(engine, data, { layout, eps, reach: sigmaReach(shown), table, masked: masked !== null }, passOptions(options)) : null;
  const report: Report = {
    ...header,
    progress: 1,
    statistics,
    methods,
    mask: masked,
    batchSize: measurements.batchSize,
    resampling: measurements.resampling,
    coupling: couplingOf(evidence, table, masked !== null),
    runningAverages: running,
    inference: channels === null ? null : inferenceFrom(given, running, channels, eps),
    ...(outputs !== null && { batchOutputs: outputs }),
    precision,
    recommendation: recommend(measurements),
    answer: answer(measurements),
  };
  return { data, mask, report, evidence, shown, given };
}

/** The arithmetics that were asked for; progress some two hundred times at most. */
async function precisionOf(
  data: TensorData,
  measured: readonly Measured[],
  { count, absMax }: Statistics,
  engine: Engine,
  request: AnalysisRequest,
  limits: Limits,
  { onProgress, ...options }: SimulationOptions,
): Promise<PrecisionReport[]> {
  if (request.precision === undefined || request.precision.length === 0) return [];
  let told = 0;
  const tensor = { eps: epsOf(request), elements: count, absMax: absMax ?? 0 };
  return simulatePrecision(data, measured, request.precision, tensor, engine, limits, {
    ...options,
    onProgress: (share) => {
      if (share < told + 1 / 200) return;
      told = share;
      onProgress?.(share);
    },
  });
}

function passOptions({ signal }: AnalyzeOptions): PassOptions {
  return signal === undefined ? {} : { signal };
}

/** @throws NormoscopeError `usage` */
export function epsOf({ eps }: Pick<AnalysisRequest, 'eps'>): number {
  if (eps === undefined) return defaultEps;
  if (eps >= 0 && Number.isFinite(eps)) return eps;
  throw new NormoscopeError('usage', `eps is ${eps}; it must be a finite number, zero or more.`);
}

function tableAt({ tables }: MomentsResult, index: number): MomentTable {
  const table = tables[index];
  if (table === undefined) throw new NormoscopeError('internal', `The engine returned no moments for grouping ${index}.`);
  return table;
}

const complexWarning: Warning = {
  code: 'complex',
  message: 'The elements are complex: everything here is of their real part.',
};

/** What is known before BatchNorm's noise is. */
type BatchEvidence = Pick<Evidence, 'methods' | 'layout' | 'overall'>;

const noBatchSizes: Pick<Report, 'batchSize' | 'resampling'> = { batchSize: [], resampling: null };

/** Moments of every (sample, channel), where BatchNorm applies: of the first pass, or the elements themselves where a cell has one. */
async function sampleTable(
  engine: Engine,
  data: TensorData,
  { methods, layout, overall }: BatchEvidence,
  cells: SampleCells | null,
  moments: MomentsResult,
  index: number,
  limits: Limits,
  options: PassOptions,
): Promise<SampleTable | null> {
  const batch = methods.get('batch');
  if (batch === undefined || !varies(overall)) return null;
  if (cells !== null) return { moments: tableAt(moments, index), walk: cells, step: 1 };
  const perSample = batch.plan.elementsPerGroup / sampleCount(data.shape, layout);
  return perSample === 1 ? elementCells(engine, data, layout, limits, options) : null;
}

/**
 * Noise of BatchNorm's statistics by batch size, where BatchNorm applies and there is something to vary. Samples that a
 * mask leaves out altogether are none; of the others each has as many positions as they have on average.
 */
function batchSizes(
  { methods, layout, overall }: BatchEvidence,
  shape: readonly number[],
  table: SampleTable | null,
  masked: number,
): Pick<Report, 'batchSize' | 'resampling'> & { readonly samples: number } {
  const all = sampleCount(shape, layout);
  const batch = methods.get('batch');
  if (batch === undefined || !varies(overall)) return { samples: all, ...noBatchSizes };
  const single = batch.plan.elementsPerGroup === all;
  if (table === null) {
    const samples = masked === 0 ? all : unmaskedElements(batch.table).most;
    return { samples, ...(single ? { batchSize: batchSizePoints({ samples, positions: 1, correlation: 0 }), resampling: null } : noBatchSizes) };
  }
  const samples = masked === 0 ? all : samplesWithElements(table.moments, table.walk);
  const positions = single ? 1 : (elementCount(shape) - masked) / batch.plan.groups / samples;
  const correlation = single ? 0 : intraSampleCorrelation(table.moments, table.walk);
  if (correlation === null) return { samples, ...noBatchSizes };
  // Batches are drawn from samples that have elements, each with as many as it has.
  const { points, ...resampling } = (samples === all ? resample(table.moments, table.walk, batchSizesOf(samples)) : null) ?? { points: [] };
  return {
    samples,
    batchSize: batchSizePoints({ samples, positions, correlation }, points),
    resampling: 'draws' in resampling ? resampling : null,
  };
}

function couplingOf({ methods, layout, eps }: Evidence, table: SampleTable | null, masked: boolean): Report['coupling'] {
  const batch = methods.get('batch');
  const found = batch === undefined || table === null ? null : batchCoupling(table, batch.table, eps, masked);
  if (found === null) return null;
  const { mean, max } = found;
  const ofMethod = (id: MethodId, plan: Plan) => (id === 'batch' ? { mean, max } : keepsSamples(layout, plan) ? { mean: 0, max: 0 } : null);
  return { ...found, methods: Object.fromEntries([...methods].map(([id, { plan }]) => [id, ofMethod(id, plan)])) };
}

/** Whether two finite elements differ. */
function varies({ min, max }: MomentTable): boolean {
  return (min[0] ?? 0) < (max[0] ?? 0);
}
