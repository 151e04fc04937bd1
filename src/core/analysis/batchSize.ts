import type { SampleWalk } from './plans';
import type { BatchSizePoint } from './report';
import type { Resampled } from './resampling';
import type { CellMoments } from './sampleTable';

/** How the elements of one channel hang together: what BatchNorm's noise depends on beside the batch size. */
export interface ChannelSamples {
  /** Samples N. */
  readonly samples: number;
  /** Elements of one channel in one sample: positions, `T · D · H · W`. 1 for (N, C). */
  readonly positions: number;
  /** Intra-sample correlation ρ in [0, 1]: how alike the positions of one sample are. 0 for one position. */
  readonly correlation: number;
}

/**
 * Intra-sample correlation by one-way analysis of variance, ρ = (MSB − MSW) / (MSB + (m − 1)·MSW), pooled over channels
 * in units of each channel's own variance.
 * @param cells moments of every (sample, channel)
 * @returns null when no channel has two samples with spread
 */
export function intraSampleCorrelation(
  cells: CellMoments,
  { samples, channels, sampleStride, channelStride }: SampleWalk,
): number | null {
  let between = 0;
  let within = 0;
  let positions = 0;
  let used = 0;
  for (let channel = 0; channel < channels; channel++) {
    const anova = analysisOfVariance(cells, samples, channel * channelStride, sampleStride);
    if (anova === null) continue;
    between += anova.between;
    within += anova.within;
    positions += anova.positions;
    used++;
  }
  if (used === 0) return null;
  const correlation = (between - within) / (between + (positions / used - 1) * within);
  return Math.min(1, Math.max(0, correlation));
}

/** Mean squares between and within samples in units of the channel's variance, and the size of a sample (unbalanced: n₀). */
function analysisOfVariance(cells: CellMoments, samples: number, first: number, stride: number) {
  let total = 0;
  let sum = 0;
  let squares = 0;
  let inside = 0;
  let groups = 0;
  for (let sample = 0; sample < samples; sample++) {
    const cell = first + sample * stride;
    const count = cells.count[cell] ?? 0;
    if (count === 0) continue;
    groups++;
    total += count;
    squares += count * count;
    sum += count * (cells.mean[cell] ?? 0);
    inside += cells.m2[cell] ?? 0;
  }
  if (groups < 2 || total <= groups) return null;
  const mean = sum / total;
  let outside = 0;
  for (let sample = 0; sample < samples; sample++) {
    const cell = first + sample * stride;
    const count = cells.count[cell] ?? 0;
    if (count > 0) outside += count * ((cells.mean[cell] ?? 0) - mean) ** 2;
  }
  const variance = (inside + outside) / total;
  if (!(variance > 0 && variance < Infinity)) return null;
  return {
    between: outside / (groups - 1) / variance,
    within: inside / (total - groups) / variance,
    positions: (total - squares / total) / (groups - 1),
  };
}

/**
 * Relative standard deviation (by its own expectation) of the biased variance of n samples of m positions, Gaussian
 * elements with correlation ρ inside a sample. That variance is the mean of n variances inside samples plus the variance
 * of n sample means, which are independent: (1−ρ)·χ²(n(m−1))/(n·m) and τ·χ²(n−1)/n, where τ = ρ + (1−ρ)/m is the variance
 * of a sample's mean. √(2/(n−1)) for one position; infinite for one element, or one sample of equal ones, which does not vary.
 */
export function relativeStdOfVariance(n: number, { positions: m, correlation: rho }: ChannelSamples): number {
  if (n * m <= 1) return Infinity;
  const ofMean = rho + (1 - rho) / m;
  if (n <= 1 && rho >= 1) return Infinity;
  const expected = ((1 - rho) * (m - 1)) / m + (ofMean * (n - 1)) / n;
  const scatter = (2 * (1 - rho) ** 2 * (m - 1)) / (n * m * m) + (2 * ofMean * ofMean * (n - 1)) / (n * n);
  return Math.sqrt(scatter) / expected;
}

/** Standard deviation of the batch mean in units of σ: √((1 + (m−1)ρ) / (n·m)), the design effect of cluster sampling. */
export function relativeStdOfMean(n: number, { positions: m, correlation: rho }: ChannelSamples): number {
  return Math.sqrt((1 + (m - 1) * rho) / (n * m));
}

/**
 * The noise at 1, 2, 4, 8 … samples and at N itself, by formula and, where they are given, as drawn. Empty for fewer than two samples: one sample
 * does not tell how samples differ.
 */
export function batchSizePoints(channel: ChannelSamples, resampled: Resampled['points'] = []): BatchSizePoint[] {
  const { positions, correlation } = channel;
  return batchSizesOf(channel.samples).map((n, index) => {
    const ofVariance = relativeStdOfVariance(n, channel);
    return {
      n,
      raises: n * positions <= 1,
      relativeStdOfVariance: ofVariance,
      relativeStdOfMean: relativeStdOfMean(n, channel),
      // Where there is no variance, what was drawn is rounding.
      resampledStdOfVariance: Number.isFinite(ofVariance) ? (resampled[index]?.stdOfVariance ?? null) : null,
      resampledStdOfMean: resampled[index]?.stdOfMean ?? null,
      effectiveN: (n * positions) / (1 + (positions - 1) * correlation),
    };
  });
}

/** 1, 2, 4, 8 … below the number of samples, and that number; of one sample none. */
export function batchSizesOf(samples: number): number[] {
  const sizes: number[] = [];
  for (let n = 1; n < samples; n *= 2) sizes.push(n);
  if (samples >= 2) sizes.push(samples);
  return sizes;
}
