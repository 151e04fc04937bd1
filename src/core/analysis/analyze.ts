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
import { elementCount, type TensorData, type TensorInfo, type Warning } from '../tensor/tensor';
import { answer, recommend } from './answer';
import { batchSizePoints, batchSizesOf, intraSampleCorrelation } from './batchSize';
import { batchCoupling, keepsSamples } from './coupling';
import type { Evidence } from './evidence';
import { groupHistogramsOf, planHistograms } from './groupHistograms';
import { measure, methodReport, sharedRanges, type Measured } from './methods';
import { runningAverages, runningRequest } from './miniBatches';
import { findPadding, type Padding } from './padding';
import { simulatePrecision, type PrecisionReport } from './precision';
import { planAll, sampleCells, sampleCount, type SampleCells } from './plans';
import type { AnalysisRequest, Report, Statistics } from './report';
import { resample } from './resampling';
import { elementCells, type SampleTable } from './sampleTable';
import { statisticsOf, statisticsOfAll } from './statistics';
import { maxElements, pictureRowAxes, viewRequest, viewsOf } from './views';

/** PyTorch's default of every normalization but RMSNorm. */
const defaultEps = 1e-5;

export interface AnalyzeOptions {
  readonly signal?: AbortSignal;
  /** Partial reports while the bytes stream in. */
  readonly onPartial?: (report: Report) => void;
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
  const { data, report, evidence, shown } = await firstPass(source, file, engine, request, limits, options);
  if (!readsTwice(request)) return { report, evidence };
  options.onPartial?.({ ...report, progress: shareRead(request, data.shape, 1, 1) });
  const { views: all, ...picture } = viewRequest(report.layout, evidence.overall, shown);
  const views = request.views === undefined ? [] : all;
  const planned = planHistograms(request.groupHistograms ?? [], data.shape, report.layout, all[0], limits);
  const groups = planned.flatMap((plan) => ('request' in plan ? [plan.request] : []));
  const distributions = await engine.distributions(data, { ...picture, views, groups }, passOptions(options));
  return {
    report: {
      ...report,
      views: viewsOf(views, shown, distributions),
      ...(planned.length > 0 && { groupHistograms: groupHistogramsOf(planned, distributions.groups) }),
      sampledEvery: distributions.sampledEvery,
    },
    evidence,
  };
}

/** Whether anything is asked for that is drawn from a second read. */
function readsTwice({ views, groupHistograms = [] }: AnalysisRequest): boolean {
  return views !== undefined || groupHistograms.length > 0;
}

/** How much is done after these shares of the first pass and of the simulation, which reads about twice as much. */
function shareRead(request: AnalysisRequest, shape: readonly number[], ofPass: number, ofSimulation = 0): number {
  const total = elementCount(shape);
  const simulated = isSimulated(request) ? 2 * total : 0;
  const drawn = readsTwice(request) ? Math.min(total, maxElements) : 0;
  return (ofPass * total + ofSimulation * simulated) / Math.max(1, total + simulated + drawn);
}

function isSimulated({ precision }: AnalysisRequest): boolean {
  return precision !== undefined && precision.length > 0;
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
): Promise<Analysis & { readonly data: TensorData; readonly shown: readonly Measured[] }> {
  const info = tensorInfo(file, request.tensor);
  const { shape } = info;
  const stored = file.tensor(request.tensor);
  const isComplex = dtypeKind(stored.encoding.dtype) === 'complex';
  const data = isComplex ? complexPart(stored, 'real') : stored;
  const layout = request.layout === undefined ? inferLayout(shape) : parseLayout(request.layout, shape);
  const eps = epsOf(request);
  const asked = runningRequest(request);
  const planned = planAll(shape, layout, request, limits);
  const plans = planned.filter((method) => 'plan' in method);
  const cells = sampleCells(shape, layout, plans, limits);

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
    ...noBatchSizes,
    coupling: null,
    runningAverages: null,
    precision: [],
    recommendation: null,
    answer: [],
    findings: [],
    warnings: isComplex ? [...file.catalog.warnings, complexWarning] : file.catalog.warnings,
    backend: engine.backend,
  };

  const groupings = plans.map(({ plan }) => plan.grouping);
  const moments = await engine.moments(data, cells === null ? groupings : [...groupings, cells.grouping], {
    ...passOptions(options),
    onProgress: ({ elementsDone, elementsTotal, overall }) => {
      if (elementsDone === elementsTotal) return;
      options.onPartial?.({ ...header, progress: shareRead(request, shape, elementsDone / elementsTotal), statistics: statisticsOf(overall(), 0, true) });
    },
  });
  const measured = plans.map(({ normalization, plan }, index) => measure(normalization, plan, tableAt(moments, index), eps));
  const statistics = statisticsOfAll(moments, true);
  const precision = await precisionOf(data, measured, statistics, engine, request, limits, {
    ...passOptions(options),
    onProgress: (share) => options.onPartial?.({ ...header, progress: shareRead(request, shape, 1, share), statistics }),
  });
  const known = {
    tensor: info,
    layout,
    eps,
    overall: moments.overall,
    methods: new Map(measured.map(({ normalization, plan, table }) => [normalization.id, { plan, table }])),
    firstNotFinite: moments.firstNotFinite,
    subnormal: moments.subnormal,
    precision,
  };
  const table = await sampleTable(engine, data, known, cells, moments, plans.length, limits, options);
  const sizes = batchSizes(known, shape, table);
  const evidence: Evidence = { ...known, batchSize: sizes.batchSize };

  const channels = evidence.methods.get('batch')?.table ?? null;
  const running = await runningAverages(engine, data, layout, asked, table, channels, limits, passOptions(options));
  const ranges = sharedRanges(measured);
  const methods = planned.map((method) => {
    const { id, label } = method.normalization;
    if ('notApplicable' in method) return { id, label, notApplicable: method.notApplicable };
    const found = measured.find(({ normalization }) => normalization === method.normalization) as Measured;
    return methodReport(found, ranges, request);
  });
  const measurements = {
    roles: layout.roles,
    elements: elementCount(shape),
    varies: varies(moments.overall),
    methods,
    samples: sampleCount(shape, layout),
    ...sizes,
    padding: paddingOf(evidence, shape),
  };
  const report: Report = {
    ...header,
    progress: 1,
    statistics,
    methods,
    batchSize: measurements.batchSize,
    resampling: measurements.resampling,
    coupling: couplingOf(evidence, table),
    runningAverages: running,
    precision,
    recommendation: recommend(measurements),
    answer: answer(measurements),
  };
  const shown = measured.filter(({ normalization }) => request.views?.includes(normalization.id));
  return { data, report, evidence, shown };
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

/** @throws NormoscopeError `usage` when the file has no such tensor */
export function tensorInfo(file: OpenFile, index: number): TensorInfo {
  const info = file.catalog.tensors[index];
  if (info !== undefined) return info;
  const count = file.catalog.tensors.length;
  throw new NormoscopeError('usage', `Tensor number ${index} was asked for; the file has ${count}, counted from 0.`);
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

const noStatistics: Report['statistics'] = {
  count: 0,
  nan: 0,
  posInf: 0,
  negInf: 0,
  zeros: 0,
  mean: null,
  variance: null,
  varianceUnbiased: null,
  std: null,
  min: null,
  max: null,
  absMax: null,
  integers: null,
  skewness: null,
  excessKurtosis: null,
  exact: true,
  quantiles: null,
  quantilesExact: false,
  quantilesFrom: null,
  quantileError: null,
  subnormal: null,
};

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
  options: AnalyzeOptions,
): Promise<SampleTable | null> {
  const batch = methods.get('batch');
  if (batch === undefined || !varies(overall)) return null;
  if (cells !== null) return { moments: tableAt(moments, index), walk: cells, step: 1 };
  const perSample = batch.plan.elementsPerGroup / sampleCount(data.shape, layout);
  return perSample === 1 ? elementCells(engine, data, layout, limits, passOptions(options)) : null;
}

/** Noise of BatchNorm's statistics by batch size, where BatchNorm applies and there is something to vary. */
function batchSizes(
  { methods, layout, overall }: BatchEvidence,
  shape: readonly number[],
  table: SampleTable | null,
): Pick<Report, 'batchSize' | 'resampling'> {
  const batch = methods.get('batch');
  if (batch === undefined || !varies(overall)) return noBatchSizes;
  const samples = sampleCount(shape, layout);
  const positions = batch.plan.elementsPerGroup / samples;
  if (table === null) return positions === 1 ? { batchSize: batchSizePoints({ samples, positions, correlation: 0 }), resampling: null } : noBatchSizes;
  const correlation = positions === 1 ? 0 : intraSampleCorrelation(table.moments, table.walk);
  if (correlation === null) return noBatchSizes;
  const { points, ...resampling } = resample(table.moments, table.walk, batchSizesOf(samples)) ?? { points: [] };
  return {
    batchSize: batchSizePoints({ samples, positions, correlation }, points),
    resampling: 'draws' in resampling ? resampling : null,
  };
}

function couplingOf({ methods, layout, eps }: Evidence, table: SampleTable | null): Report['coupling'] {
  const batch = methods.get('batch');
  const found = batch === undefined || table === null ? null : batchCoupling(table, batch.table, eps);
  if (found === null) return null;
  const { mean, max } = found;
  const ofMethod = (id: MethodId, plan: Plan) => (id === 'batch' ? { mean, max } : keepsSamples(layout, plan) ? { mean: 0, max: 0 } : null);
  return { ...found, methods: Object.fromEntries([...methods].map(([id, { plan }]) => [id, ofMethod(id, plan)])) };
}

/** Whether two finite elements differ. */
function varies({ min, max }: MomentTable): boolean {
  return (min[0] ?? 0) < (max[0] ?? 0);
}

function paddingOf({ methods, layout }: Evidence, shape: readonly number[]): Padding | null {
  const layer = methods.get('layer');
  const batch = methods.get('batch');
  if (layer === undefined || batch === undefined) return null;
  const perToken = layer.plan.reducedAxes.length === 1 && layer.plan.reducedAxes[0] === layout.roles.indexOf('C');
  return perToken ? findPadding(shape, layout, layer.table, batch.table) : null;
}
