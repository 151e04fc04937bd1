import type { Arithmetic } from '../engine/arithmetic';
import type { BatchOutputs } from './batchOutputs';
import type { Coupling } from './couplingReport';
import type { Finding } from './finding';
import type { IntegerRange } from '../engine/integerRange';
import type { GivenParameters } from './given';
import type { GradientReport } from './gradientReport';
import type { Inference } from './inference';
import type { MaskRequest } from './mask';
import type { RunningStatistics } from './parameters';
import type { PrecisionReport } from './precision';
import type { MethodId } from '../engine/normalizations/normalization';
import type { Quantiles } from '../engine/quantiles';
import type { DType } from '../tensor/dtype';
import type { Layout } from '../tensor/layout';
import type { Warning } from '../tensor/tensor';

export type { Coupling };

/** Statistics over the finite elements, in float64; null where there is none. Variance is biased (divides by n). */
export interface Statistics {
  /** Finite elements. */
  readonly count: number;
  readonly nan: number;
  readonly posInf: number;
  readonly negInf: number;
  readonly zeros: number;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly varianceUnbiased: number | null;
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly absMax: number | null;
  /** The extremes of 64-bit integers, exact where `min` and `max` are rounded to float64; null of other types, and in partial numbers. */
  readonly integers: IntegerRange | null;
  readonly skewness: number | null;
  readonly excessKurtosis: number | null;
  /** Whether computed in precise mode (relative error at most 1e-12); otherwise mean and variance are within 1e-6. Counts and extremes are exact in both. */
  readonly exact: boolean;
  /** By level, `"0.01"` to `"0.99"`, interpolated between neighbours; null where there is no finite element, and in partial numbers. */
  readonly quantiles: Readonly<Record<string, number>> | null;
  /** Whether the quantiles are those of the elements to the last digit. False without any. */
  readonly quantilesExact: boolean;
  /** As `Quantiles` of the engine; null without any. */
  readonly quantilesFrom: Quantiles['from'] | null;
  readonly quantileError: number | null;
  /** Elements so close to zero that the type they are stored in holds them with fewer digits; null in partial numbers. */
  readonly subnormal: number | null;
}

/** One number per group: means, variances or mean squares. NaN stands for a group without finite elements. */
export interface Series {
  readonly size: number;
  /** Up to 8 each, row-major over the kept axes. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Over the groups that have a value; null when none has. */
  readonly min: number | null;
  readonly max: number | null;
  /** All of them; null when there are more than `seriesInReport`, or more than a few and views of other methods were asked for, unless all values were. */
  readonly values: Float64Array | null;
  /** How the values are distributed over the groups. */
  readonly histogram: Histogram;
}

/**
 * What is known of every group beside its mean and variance, one column each, (groups), row-major over the kept axes. NaN
 * stands for a number that there is none of: the extremes of a group without finite elements, the skewness and excess
 * kurtosis of a constant one.
 */
export interface GroupDetails {
  readonly size: number;
  /** Finite elements. */
  readonly count: Float64Array;
  readonly nan: Float64Array;
  readonly posInf: Float64Array;
  readonly negInf: Float64Array;
  readonly zeros: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly skewness: Float64Array;
  readonly excessKurtosis: Float64Array;
}

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** One count per bin of equal width, (bins). */
  readonly counts: Float64Array;
  /** Finite values outside [low, high]: counted, never dropped. */
  readonly below: number;
  readonly above: number;
  /** NaN and infinite values. */
  readonly notFinite: number;
}

/** Whose elements share a histogram. */
export const histogramKinds = ['tensor', 'channel', 'sample'] as const;
export type HistogramKind = (typeof histogramKinds)[number];

/** Histograms of the raw values on one range, one row per channel or sample, or a single one of the whole tensor. */
export type GroupHistograms = { readonly of: HistogramKind } & (
  | {
      readonly low: number;
      readonly high: number;
      /** Rows: groups, row-major over the kept axes. */
      readonly size: number;
      readonly bins: number;
      /** (size, bins), row-major. Bins have equal width; the last one includes `high`. */
      readonly counts: Uint32Array;
      /** (size) each: finite elements outside of the range, and those that are NaN or infinite. */
      readonly below: Uint32Array;
      readonly above: Uint32Array;
      readonly notFinite: Uint32Array;
    }
  | { readonly notApplicable: string }
);

/** The tensor as a matrix shrunk to pixels. (rows, columns), row-major. NaN where no finite element falls on a pixel. */
export interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly mean: Float32Array;
  /** Null on a page that they are still on their way to. */
  readonly min: Float32Array | null;
  readonly max: Float32Array | null;
  /** Per pixel, bits: 1 some element is NaN, 2 some is infinite, 4 no element was looked at, 8 some is masked. */
  readonly flags: Uint8Array;
}

/** What a picture and a histogram show: raw values, or values after a normalization. */
export interface View {
  readonly id: 'raw' | MethodId;
  /** What of them is in the values, which are then in no deviations any more. */
  readonly affine?: 'γ and β' | 'γ' | 'β';
  readonly histogram: Histogram;
  readonly picture: Picture;
}

export interface MethodReport {
  readonly id: MethodId;
  readonly label: string;
  readonly reducedAxes: readonly number[];
  readonly groups: number;
  readonly elementsPerGroup: number;
  readonly sharedBy: string;
  readonly numGroups?: number;
  /** Absent for RMSNorm. */
  readonly mean?: Series;
  readonly variance?: Series;
  /** RMSNorm only. */
  readonly meanSquare?: Series;
  /**
   * LayerNorm and BatchNorm, where the request asked; null when there are more groups than `seriesInReport` and it did
   * not ask for all numbers of every series.
   */
  readonly details?: GroupDetails | null;
  /** Mean and standard deviation of the normalized tensor, by algebra from the groups' moments. */
  readonly output: { readonly mean: number | null; readonly std: number | null };
  /** With a mask only. */
  readonly unmasked?: UnmaskedElements;
}

/** Elements of a group that a mask leaves. */
export interface UnmaskedElements {
  /** Of the groups that have any. */
  readonly least: number;
  readonly most: number;
  /** Groups that have none, and so no statistics. */
  readonly empty: number;
}

/** A mask, and what the statistics would be without it. */
export interface MaskReport {
  readonly kind: MaskRequest['kind'];
  /** In words: `lengths`, `trailing positions equal to 0`. */
  readonly source: string;
  /** Axes that its positions lie over, ascending. */
  readonly axes: readonly number[];
  readonly positions: number;
  readonly maskedPositions: number;
  readonly maskedElements: number;
  /** Masked elements by all. */
  readonly share: number;
  /** LayerNorm's and BatchNorm's, where they apply. */
  readonly withoutMask: Partial<Readonly<Record<MethodId, MaskEffect>>>;
}

/** Means and variances with masked elements counted in, and how far they are from those without. */
export interface MaskEffect {
  readonly mean: Series;
  readonly variance: Series;
  /** The largest distance of a group's two means, in its standard deviation under the mask; null where no group varies. */
  readonly meanShift: number | null;
  /** The group that has it, or -1. */
  readonly meanShiftGroup: number;
  /** Of a group's variance without the mask to that under it: the one farthest from 1 by its logarithm. */
  readonly varianceRatio: number | null;
  readonly varianceRatioGroup: number;
}

export interface NotApplicable {
  readonly id: MethodId;
  readonly label: string;
  readonly notApplicable: string;
}

/** Noise of BatchNorm's statistics when `n` samples make a batch. */
export interface BatchSizePoint {
  readonly n: number;
  /** One element to a channel: PyTorch's BatchNorm raises in training, since it has no variance. */
  readonly raises: boolean;
  /** Of the batch variance, by the formula with intra-sample correlation. Infinite where that is 0, whatever the sample. */
  readonly relativeStdOfVariance: number;
  /** Standard deviation of the batch mean in units of sigma. */
  readonly relativeStdOfMean: number;
  /** The same two of batches drawn from the tensor's own samples; null where they cannot be told. See `Resampling`. */
  readonly resampledStdOfVariance: number | null;
  readonly resampledStdOfMean: number | null;
  /** As many independent elements would leave the mean as uncertain: n·m / (1 + (m−1)·ρ) of n·m. */
  readonly effectiveN: number;
}

/** How `BatchSizePoint`'s resampled numbers were found. */
export interface Resampling {
  /** Batches of each size, drawn from the samples without replacement. */
  readonly draws: number;
  /** Samples that they were drawn from. */
  readonly samples: number;
  /** Channels that were looked at. */
  readonly channels: number;
}

/** Over the channels with spread. */
export interface RunningDistance {
  readonly median: number;
  readonly max: number;
}

export interface RunningChannel {
  readonly channel: number;
  readonly running: number;
  readonly population: number;
  readonly distance: number;
}

/** BatchNorm's running statistics over the tensor's samples in order, and how far they are from those of the whole tensor. */
export interface RunningAverages {
  /** Weight of a new batch; `cumulative`: the average of all so far (PyTorch's `None`). */
  readonly momentum: number | 'cumulative';
  /** Samples of a batch, and of the last one, which may have fewer. */
  readonly batchSize: number;
  readonly lastBatch: number;
  readonly steps: number;
  /** Samples left out behind the last batch: one with one element to a channel has no variance. */
  readonly leftOut: number;
  /** Channels with spread: those that distances are of. */
  readonly channels: number;
  /** What is left at the end of the initial 0 and 1: (1 − momentum)^steps. */
  readonly initialWeight: number;
  /** Steps until that is less than 1 %; null for a momentum of 0. */
  readonly stepsToForget: number | null;
  /** Up to 64 steps, evenly spaced, the last among them. */
  readonly points: readonly {
    readonly step: number;
    /** Samples seen by then. */
    readonly samples: number;
    readonly initialWeight: number;
    /** |running mean − mean| / σ. */
    readonly mean: RunningDistance;
    /** |ln(running variance / variance)|, the variance unbiased. */
    readonly variance: RunningDistance;
  }[];
  /** Up to 8 channels, farthest first, at the last step. */
  readonly worstMeans: readonly RunningChannel[];
  readonly worstVariances: readonly RunningChannel[];
  /** The running statistics after the last step, (channels) each, the variance unbiased; null for more channels than `seriesInReport`. */
  readonly final: RunningStatistics | null;
  /** A sentence where more than 1 % of the initial values is left; null otherwise. */
  readonly note: string | null;
}

export interface Recommendation {
  readonly method: MethodId;
  /** Each a sentence with a number measured on this tensor. Typical use, not a law. */
  readonly reasons: readonly string[];
}

/**
 * Everything that is shown of one tensor: plain, structured-clonable, immutable. The view, the notebook output, the
 * hover, the Problems panel and the command line are functions of this.
 */
export interface Report {
  readonly file: { readonly name: string; readonly format: string; readonly bytes: number };
  readonly tensor: {
    readonly name: string;
    readonly index: number;
    readonly dtype: DType;
    readonly storedDtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  };
  readonly layout: Layout;
  readonly eps: number;
  /** `assumed: PyTorch default` or `given`. */
  readonly epsSource: string;
  /** 1 when complete; less while numbers still stream in and are of the part read so far. */
  readonly progress: number;
  readonly statistics: Statistics;
  /** In the order of `methodIds`. Empty until the whole tensor has been read once. */
  readonly methods: readonly (MethodReport | NotApplicable)[];
  /** Raw first, then the methods that were asked for. Empty while partial (`progress < 1`). */
  readonly views: readonly View[];
  /** In the order asked for; absent when none were, and while partial. */
  readonly groupHistograms?: readonly GroupHistograms[];
  /** How many leading axes make the rows of every picture; the others make its columns. */
  readonly pictureRowAxes: number;
  /** 1: pictures and histograms are of every element; k: of about one in k. */
  readonly sampledEvery: number;
  /** Null without a mask. All statistics are of what it leaves. */
  readonly mask: MaskReport | null;
  readonly batchSize: readonly BatchSizePoint[];
  /** Null where nothing was drawn: fewer than four samples, or too many (sample, channel) cells to keep. */
  readonly resampling: Resampling | null;
  /** Null for fewer than two samples, where BatchNorm does not apply, and where no (sample, channel) cells are known. */
  readonly coupling: Coupling | null;
  /** Null unless it was asked for. */
  readonly runningAverages: RunningAverages | { readonly notApplicable: string } | null;
  /** The methods whose views are of `x̂ · γ + β`, with what was given; all other numbers of methods are before γ and β. */
  readonly affine: readonly MethodId[];
  /** Null without an upstream gradient. */
  readonly gradients: GradientReport | { readonly notApplicable: string } | null;
  /** Null without running statistics, given or own. */
  readonly inference: Inference | null;
  /** Absent unless asked for. */
  readonly batchOutputs?: BatchOutputs | { readonly notApplicable: string };
  /** In the order in which they were asked for. Empty unless they were, and while partial. */
  readonly precision: readonly PrecisionReport[];
  readonly recommendation: Recommendation | null;
  /** The page's first lines: what the two normalizations do to this tensor, in sentences with its own numbers. */
  readonly answer: readonly string[];
  /** Empty while partial: nothing is said of a part. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly Warning[];
  /** The engine that computed it. */
  readonly backend: 'wasm' | 'reference';
}

/** What can be asked of a tensor. */
export interface AnalysisRequest {
  /** Index in the catalog. */
  readonly tensor: number;
  /** Role letters, or absent: inferred. */
  readonly layout?: string;
  readonly normalizedDims?: number;
  readonly normalizedAxes?: string;
  readonly numGroups?: number;
  readonly eps?: number;
  /** Either asks for running averages; the other is PyTorch's default, 0.1, or 32 samples and an eighth of them at most. */
  readonly momentum?: number | 'cumulative';
  readonly batchSize?: number;
  /** Distributions of BatchNorm's output by batch size, from a further read of some elements. */
  readonly batchOutputs?: boolean;
  /** Leaves padding out of all statistics. */
  readonly mask?: MaskRequest;
  /** γ, β and running statistics of a checkpoint. */
  readonly parameters?: GivenParameters;
  /** Views to draw beside raw. Absent: none, statistics only. */
  readonly views?: readonly MethodId[];
  /** Histograms of the whole tensor, of every channel, of every sample. Absent: none. */
  readonly groupHistograms?: readonly HistogramKind[];
  /** Keep every number of every series, however many. */
  readonly full?: boolean;
  /** Tell of every group of LayerNorm and BatchNorm what the moments tell beside mean and variance. */
  readonly groupDetails?: boolean;
  /** Arithmetics to simulate. Absent or empty: none. Each further read of the bytes is the price. */
  readonly precision?: readonly Arithmetic[];
  /**
   * Precise mode whatever the size. It is taken for `precision` and `groupDetails` too: the fast one leaves skewness and
   * kurtosis of most groups out.
   */
  readonly exact?: boolean;
}

/** Series are sent with all their values up to this many groups. */
export const seriesInReport = 65536;

export function isApplicable(method: MethodReport | NotApplicable): method is MethodReport {
  return !('notApplicable' in method);
}
