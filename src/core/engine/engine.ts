import type { ByteSink } from '../tensor/byteSink';
import type { TensorData } from '../tensor/tensor';
import type { IntegerRange } from './integerRange';
import type { Mask } from './mask';
import type { MomentTable } from './moments';
import type { Quantiles } from './quantiles';
import type { SimulateRequest, SimulationOptions, Simulations } from './simulation';
import type { Tile, TileRequest } from './tile';

/**
 * Which elements share one set of statistics: those that agree on every kept axis. `split` cuts one kept axis into
 * consecutive runs that share (GroupNorm's groups of channels).
 *
 * Groups are numbered row-major over the kept axes in the tensor's own (logical) axis order.
 */
export interface Grouping {
  /** One flag per axis, logical order. */
  readonly kept: readonly boolean[];
  /** The kept axis that is cut into `parts` consecutive parts of equal size; `parts` divides the axis. */
  readonly split?: { readonly axis: number; readonly parts: number };
}

export interface PassOptions {
  readonly signal?: AbortSignal;
  /** Called between chunks, at most some ten times a second, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Elements that it leaves out are looked at by nothing: no statistic, no histogram, no mean of a pixel. */
  readonly mask?: Mask;
  /** In float64 throughout (relative error at most 1e-12), even where float32 sums inside of short blocks would be faster (1e-6). */
  readonly precise?: boolean;
}

export interface Progress {
  readonly elementsDone: number;
  readonly elementsTotal: number;
  /** Moments of all elements seen so far, as a table of one group. Made when called. */
  overall(): MomentTable;
  /** As `MomentsResult.exact`. */
  readonly exact: boolean;
}

/** What a view does to an element of group g: `(x - shift[g]) * scale[g]`, then `affine`. Raw values are shift 0, scale 1 over one group. */
export interface AffineView {
  readonly grouping: Grouping;
  /** One per group. NaN where the group has no statistics: its elements are counted as undefined. */
  readonly shift: Float64Array;
  readonly scale: Float64Array;
  /** γ and β: a map of its own groups, of what the first made. Absent: none. */
  readonly affine?: AffineMap;
  /** The histogram's range [low, high], `high > low`; values outside are counted apart, never dropped. */
  readonly low: number;
  readonly high: number;
}

/** A histogram of the elements as they are for every group of a grouping, all on the range [low, high], `high > low`. */
export interface GroupHistogramRequest {
  readonly grouping: Grouping;
  readonly bins: number;
  readonly low: number;
  readonly high: number;
}

export interface DistributionRequest {
  readonly views: readonly AffineView[];
  /** Absent: none. */
  readonly groups?: readonly GroupHistogramRequest[];
  readonly bins: number;
  /**
   * The picture: the tensor as a matrix whose rows run over the first `rowAxes` logical axes and whose columns run
   * over the others, both row-major, shrunk to at most `maxRows` by `maxColumns` pixels.
   */
  readonly rowAxes: number;
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Elements to look at, at most. A larger tensor is sampled evenly and the result says so. */
  readonly maxElements: number;
}

/** Distribution and picture of one view. */
export interface Distribution {
  /** One count per bin, (bins). Bins have equal width; the last one includes `high`. */
  readonly counts: Float64Array;
  readonly below: number;
  readonly above: number;
  /** NaN and infinite elements, and elements of groups without statistics. Apart from all counts above. */
  readonly notFinite: number;
  /** Pixels, row-major (rows, columns): mean, least and greatest finite value of the elements that fall on it; NaN without any. */
  readonly mean: Float32Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** Histograms of the groups of a grouping. Counts are of the elements looked at, which are less than 2³². */
export interface GroupCounts {
  readonly groups: number;
  readonly bins: number;
  /** (groups, bins), row-major. Bins have equal width; the last one includes `high`. */
  readonly counts: Uint32Array;
  /** (groups) each: finite elements outside of the range, and those that are NaN or infinite. */
  readonly below: Uint32Array;
  readonly above: Uint32Array;
  readonly notFinite: Uint32Array;
}

export interface Distributions {
  readonly views: readonly Distribution[];
  /** One per request of `groups`, same order. */
  readonly groups: readonly GroupCounts[];
  readonly rows: number;
  readonly columns: number;
  /** Per pixel, bits: 1 some element is NaN, 2 some is infinite, 4 no element was looked at, 8 some is masked. */
  readonly flags: Uint8Array;
  /** 1 when every element was looked at; k when about one in k was. */
  readonly sampledEvery: number;
}

/** What a map does to an element of group g: `(x − shift[g]) · scale[g] + offset[g]`, in float64. One number per group each. */
export interface AffineMap {
  readonly grouping: Grouping;
  readonly shift: Float64Array;
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

export interface ApplyRequest {
  /** Each is given what the one before made. With none, the elements are only decoded. */
  readonly maps: readonly AffineMap[];
  /** What is written of every element, little-endian. */
  readonly output: 'float32' | 'float64';
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  /** Called after every stretch of elements that is written. */
  readonly onProgress?: (elementsDone: number, elementsTotal: number) => void;
}

/** The gradient of a loss with respect to x, γ and β, through `y = x̂ · γ + β`; x̂ is what `normalizing` makes of x. */
export interface BackwardRequest {
  readonly normalizing: AffineMap;
  /**
   * What the mean and the variance of every group were computed from: its finite elements; and whether the mean is taken
   * out. Null where the statistics do not depend on x (running statistics).
   */
  readonly statistics: { readonly counts: Float64Array; readonly centred: boolean } | null;
  /** What γ and β have an element for. */
  readonly parameters: Grouping;
  /** γ, one per group of `parameters`; null: 1. */
  readonly weight: Float64Array | null;
  /** Whether dγ and dβ are asked for. */
  readonly parameterGradients: boolean;
  /** Whose L2 norms are told; null: nobody's. */
  readonly samples: Grouping | null;
  /**
   * Elements that it leaves out are in no statistic and in no loss: they are in no sum, and their dX is 0. The means are over
   * the others, as `statistics.counts` are.
   */
  readonly mask?: Mask;
  /** What is written of every element of dX, little-endian. */
  readonly output: 'float32' | 'float64';
}

/** Sums are over the places at which both x̂ and the gradient are finite. */
export interface BackwardResult {
  /** dγ = Σ g · x̂ and dβ = Σ g, one per group of `parameters`; null where not asked for. */
  readonly weight: Float64Array | null;
  readonly bias: Float64Array | null;
  /** √Σ g² and √Σ dx² of every group of `samples`, over finite elements; null where not asked for. */
  readonly gradientNorms: Float64Array | null;
  readonly inputNorms: Float64Array | null;
  /** Elements of dX that are NaN or infinite. */
  readonly notFinite: number;
}

/**
 * The normalization engine. Two implementations give the same numbers: `wasm` (the product) and `reference` (plain
 * TypeScript, the oracle); either can be forced.
 */
export interface Engine {
  readonly backend: 'wasm' | 'reference';

  /**
   * Moments of every group of every grouping, and of the whole tensor, from ONE read of the bytes.
   * Results are over finite elements, in float64; NaN and infinities are counted apart. Outside of precise mode third and
   * fourth moments are those of the whole tensor; of groups they may be NaN: not computed.
   * @throws NormoscopeError `too-large` when a grouping has more groups than `Limits.groupsInMemory`; whatever `data.read` throws
   */
  moments(data: TensorData, groupings: readonly Grouping[], options?: PassOptions): Promise<MomentsResult>;

  /**
   * Histograms and pictures of the tensor under affine views, and histograms of groups, from one read.
   * @throws NormoscopeError `too-large` when groups have more bins than `Limits.histogramBins`; whatever `data.read` throws
   */
  distributions(data: TensorData, request: DistributionRequest, options?: PassOptions): Promise<Distributions>;

  /**
   * A window of a matrix of the tensor, shrunk to pixels: reads the bytes of the window alone.
   * @throws NormoscopeError whatever `data.read` throws
   */
  tile(data: TensorData, request: TileRequest, options?: Pick<PassOptions, 'signal' | 'mask'>): Promise<Tile>;

  /**
   * Writes every element under the maps, in STORAGE order, from one read of the bytes: a stretch at a time, so that
   * memory is bounded whatever the tensor's size. NaN stays NaN.
   * @throws NormoscopeError whatever `data.read` and `sink.write` throw
   */
  apply(data: TensorData, request: ApplyRequest, sink: ByteSink, options?: ApplyOptions): Promise<void>;

  /**
   * Writes dX, every element in STORAGE order, from two reads of both tensors' bytes (one where the statistics do not
   * depend on x), in bounded memory. With `g' = g · γ`: `dx = scale · (g' − mean(g') − x̂ · mean(g' · x̂))`; the means are
   * over a group's finite x, and are left out where the statistics do not depend on x, the first also where no mean is
   * taken out. NaN where x̂ is not finite.
   * @param gradient dL/dy, of the same shape and order of storage
   * @param sink null where dX itself is not wanted
   * @throws NormoscopeError `usage` for another shape, `unsupported` for another order, `too-large` when a grouping has more
   *   groups than `Limits.groupsInMemory`; whatever the reads and `sink.write` throw
   */
  backward(data: TensorData, gradient: TensorData, request: BackwardRequest, sink: ByteSink | null, options?: ApplyOptions): Promise<BackwardResult>;

  /**
   * The statistics and outputs that arithmetics of fewer digits would give, from two reads of the bytes, all normalizations
   * and arithmetics together; three where one of them is float32 in two passes.
   * @throws NormoscopeError `too-large` for more groups than `Limits.groupsInMemory`, of all normalizations together; whatever `data.read` throws
   */
  simulate(data: TensorData, request: SimulateRequest, options?: SimulationOptions): Promise<Simulations>;

  /** Elements decoded to float64, row-major (logical order) from `firstElement`, `count` of them. For the few first and last. */
  elements(data: TensorData, firstElement: number, count: number, signal?: AbortSignal): Promise<Float64Array>;
}

export interface MomentsResult {
  /** One group: the whole tensor. */
  readonly overall: MomentTable;
  /** One table per grouping, same order. */
  readonly tables: readonly MomentTable[];
  /** First element (logical, row-major index) that is NaN or infinite, or -1. */
  readonly firstNotFinite: number;
  /** Elements that the mask leaves out: they are in none of the other numbers. */
  readonly masked: number;
  /** Elements of the whole tensor that are subnormal in the type they are stored in. */
  readonly subnormal: number;
  /**
   * Whether computed in precise mode: asked for, or not worth less (`Limits.preciseElements`), or of a type that float32
   * does not hold.
   */
  readonly exact: boolean;
  /** Exact extremes of 64-bit integers, which the moments have rounded to float64; null of other types and without elements. */
  readonly integers: IntegerRange | null;
  /** Of the finite elements; null where there is none. Exact up to `Limits.quantileElements`, and of types of 8 or 16 bits. */
  readonly quantiles: Quantiles | null;
}
