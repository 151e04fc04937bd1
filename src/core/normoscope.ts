import { analyze, measureViews, type AnalyzeOptions } from './analysis/analyze';
import { backward, type GradientRequest, type Gradients } from './analysis/backward';
import { readFlags, type Flags } from './analysis/flags';
import { compareTensors, type Comparison, type ComparisonOptions, type ComparisonRequest } from './analysis/comparison';
import { inspect, type TensorContents } from './analysis/inspect';
import { prepare, type Normalized, type NormalizeOptions, type NormalizeRequest } from './analysis/normalize';
import { pairRow, type PairRow } from './analysis/pairRow';
import type { AnalysisRequest, Report } from './analysis/report';
import { readSlice, type Slice, type SliceRequest } from './analysis/slice';
import { tensorInfo } from './analysis/tensorInfo';
import { readTiles, type TilesRequest, type ViewMaps } from './analysis/tiles';
import { readValues, type Values } from './analysis/values';
import { diagnose } from './diagnostics/registry';
import type { Engine, PassOptions } from './engine/engine';
import type { Tile } from './engine/tile';
import type { Part } from './formats/format';
import { openFile } from './formats/registry';
import { npyHeader } from './formats/npyWriter';
import { defaultLimits, type Limits } from './limits';
import type { ByteSource } from './tensor/byteSource';
import type { ByteSink } from './tensor/byteSink';
import type { Catalog, TensorData } from './tensor/tensor';

/** A tensor file whose header has been read: the core's front door, for the worker and the command line alike. */
export interface TensorFile {
  readonly catalog: Catalog;
  /** Files beside it that tensors of it are in. */
  readonly parts: readonly Part[];
  /** @throws NormoscopeError when the tensor is not readable, the options do not fit, or the reading fails */
  analyze(engine: Engine, request: AnalysisRequest, options?: AnalyzeOptions): Promise<Report>;
  /**
   * Statistics and the first and last elements of one tensor.
   * @throws NormoscopeError as `analyze`
   */
  inspect(engine: Engine, tensor: number, options?: PassOptions): Promise<TensorContents>;
  /**
   * Writes one tensor, normalized, as a `.npy` file: its header, then its elements from a second read of the bytes.
   * @throws NormoscopeError as `prepare`, and whatever `sink.write` throws; what is written by then is of no use
   */
  normalize(engine: Engine, request: NormalizeRequest, sink: ByteSink, options?: NormalizeOptions): Promise<Normalized>;
  /**
   * Writes the gradient of a loss with respect to one tensor, dX, as a `.npy` file, from that with respect to the tensor
   * normalized; and tells those of γ and β, and norms.
   * @param gradient dL/dy, of the tensor's shape and order of storage
   * @param sink null where dX itself is not wanted
   * @throws NormoscopeError as `prepare` and `Engine.backward`; what is written by then is of no use
   */
  backward(
    engine: Engine,
    request: GradientRequest,
    gradient: { readonly file: TensorFile; readonly tensor: number },
    sink: ByteSink | null,
    options?: NormalizeOptions,
  ): Promise<Gradients>;
  /**
   * One tensor beside another, of this file or another: statistics, distributions, groups, and element by element where they have
   * one shape.
   * @throws NormoscopeError as `analyze`, of either
   */
  compare(
    engine: Engine,
    request: ComparisonRequest & { readonly tensor: number },
    other: { readonly file: TensorFile; readonly tensor: number },
    options?: ComparisonOptions,
  ): Promise<Comparison>;
  /**
   * A tensor beside one of another file, or alone, in short.
   * @throws NormoscopeError `cancelled`; everything else that fails is in the row
   */
  pairRow(engine: Engine, tensor: number | null, other: { readonly file: TensorFile; readonly tensor: number | null }, options?: PassOptions): Promise<PairRow>;
  /**
   * The bytes of one tensor.
   * @throws NormoscopeError when it is not readable
   */
  tensor(index: number): TensorData;
  /** @throws NormoscopeError `changed` when the file is no longer the one that was opened */
  verify(): Promise<void>;
  /**
   * All elements of a small tensor: a weight, a bias, running statistics.
   * @throws NormoscopeError `too-large`, and as `analyze`
   */
  values(engine: Engine, tensor: number, signal?: AbortSignal): Promise<Values>;
  /**
   * The elements of a window on a cut of one or two axes.
   * @throws NormoscopeError as `readSlice`
   */
  slice(engine: Engine, tensor: number, request: SliceRequest, signal?: AbortSignal): Promise<Slice>;
  /**
   * What the views of an analysis map elements by; `AnalyzeOptions.onViews` tells it of one that is made anyway.
   * @throws NormoscopeError as `analyze`
   */
  views(engine: Engine, request: AnalysisRequest, options?: AnalyzeOptions): Promise<ViewMaps>;
  /**
   * Windows of a tensor as pixels, by the maps of an analysis.
   * @throws NormoscopeError as `readTiles`
   */
  tiles(engine: Engine, maps: ViewMaps, request: TilesRequest, signal?: AbortSignal): Promise<readonly Tile[]>;
  /**
   * All elements of a mask, as what is zero and what is not.
   * @throws NormoscopeError as `readFlags`
   */
  flags(engine: Engine, tensor: number, signal?: AbortSignal): Promise<Flags>;
}

/** @throws NormoscopeError as `Format.open`, and `not-recognized` when no format claims the file */
export async function openTensorFile(
  source: ByteSource,
  limits: Limits = defaultLimits,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const file = await openFile(source, limits, signal);
  const opened: TensorFile = {
    catalog: file.catalog,
    parts: file.parts ?? [],
    async analyze(engine, request, options = {}) {
      const { report, evidence } = await analyze(source, file, engine, request, limits, options);
      await source.verify();
      return { ...report, findings: diagnose(evidence) };
    },
    async inspect(engine, tensor, options = {}) {
      const contents = await inspect(file, engine, tensor, options);
      await source.verify();
      return contents;
    },
    async normalize(engine, request, sink, { signal, onProgress } = {}) {
      const passOptions = signal === undefined ? {} : { signal };
      // Two reads of the bytes where the statistics are the tensor's own, of about the same length.
      const before = request.method === 'batch-eval' ? 0 : 0.5;
      const { normalized, data, normalizing, affine } = await prepare(file, engine, request, limits, {
        ...passOptions,
        onProgress: (share) => onProgress?.(share * before),
      });
      await sink.write(npyHeader(normalized.dtype, normalized.shape, normalized.order));
      const maps = affine === null ? [normalizing] : [normalizing, affine];
      await engine.apply(data, { maps, output: normalized.dtype }, sink, {
        ...passOptions,
        onProgress: (done, total) => onProgress?.(before + (1 - before) * (done / total)),
      });
      await source.verify();
      return normalized;
    },
    async backward(engine, request, gradient, sink, options = {}) {
      const open = async (normalized: Normalized, to: ByteSink) => {
        await to.write(npyHeader(normalized.dtype, normalized.shape, normalized.order));
        return to;
      };
      const upstream = gradient.file.tensor(gradient.tensor);
      const gradients = await backward(file, engine, request, upstream, sink && ((normalized) => open(normalized, sink)), limits, options);
      await source.verify();
      await gradient.file.verify();
      return gradients;
    },
    async compare(engine, { tensor, ...request }, other, options = {}) {
      const side = (of: TensorFile, index: number) => ({ data: of.tensor(index), analyze: (asked: Omit<AnalysisRequest, 'tensor'>, passed: AnalyzeOptions) => of.analyze(engine, { ...asked, tensor: index }, passed) });
      const comparison = await compareTensors(engine, side(opened, tensor), side(other.file, other.tensor), request, options);
      await source.verify();
      await other.file.verify();
      return comparison;
    },
    async pairRow(engine, tensor, other, options = {}) {
      const row = await pairRow(engine, tensor === null ? null : opened.tensor(tensor), other.tensor === null ? null : other.file.tensor(other.tensor), options);
      await source.verify();
      await other.file.verify();
      return row;
    },
    tensor(index) {
      tensorInfo(file, index);
      return file.tensor(index);
    },
    verify: () => source.verify(),
    async values(engine, tensor, valuesSignal) {
      const values = await readValues(file, engine, tensor, limits, valuesSignal);
      await source.verify();
      return values;
    },
    async slice(engine, tensor, request, sliceSignal) {
      const slice = await readSlice(file, engine, tensor, request, limits, sliceSignal);
      await source.verify();
      return slice;
    },
    async views(engine, request, options = {}) {
      const maps = await measureViews(source, file, engine, request, limits, options);
      await source.verify();
      return maps;
    },
    async tiles(engine, maps, request, tilesSignal) {
      const tiles = await readTiles(file, engine, maps, request, limits, tilesSignal);
      await source.verify();
      return tiles;
    },
    async flags(engine, tensor, flagsSignal) {
      const flags = await readFlags(file, engine, tensor, limits, flagsSignal);
      await source.verify();
      return flags;
    },
  };
  return opened;
}
