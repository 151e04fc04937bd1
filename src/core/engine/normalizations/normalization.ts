import type { Layout } from '../../tensor/layout';
import type { Grouping } from '../engine';

export const methodIds = ['layer', 'batch', 'rms', 'group', 'instance'] as const;
export type MethodId = (typeof methodIds)[number];

export interface NormalizationOptions {
  /** LayerNorm and RMSNorm reduce over the last `normalizedDims` axes (the length of PyTorch's `normalized_shape`). Default: from C to the end. */
  readonly normalizedDims?: number;
  /**
   * Instead of `normalizedDims`: letters of the layout, but N, that LayerNorm and RMSNorm reduce over, wherever those axes stand. `C` is
   * LayerNorm over the channels of each position, as ConvNeXt's LayerNorm2d over NCHW.
   */
  readonly normalizedAxes?: string;
  /** GroupNorm's number of groups. Default: the largest divisor of C that is at most 32 and leaves two channels to a group. */
  readonly numGroups?: number;
}

/** How one normalization shares its statistics on one tensor. */
export interface Plan {
  readonly grouping: Grouping;
  /** Logical axes, ascending. */
  readonly reducedAxes: readonly number[];
  readonly groups: number;
  readonly elementsPerGroup: number;
  /** For people: `each sample`, `each token`, `each channel`. */
  readonly sharedBy: string;
  readonly numGroups?: number;
}

export type PlanResult = Plan | { readonly notApplicable: string };

/** A normalization is a choice of groups and an affine map; it has no kernel of its own. */
export interface Normalization {
  readonly id: MethodId;
  /** `LayerNorm`. */
  readonly label: string;
  /** Whether the mean is taken out: `(x - mean) / sqrt(variance + eps)`. RMSNorm is `x / sqrt(mean(x²) + eps)`. */
  readonly centred: boolean;
  /** What γ and β have an element for: each place along the reduced axes, or each channel. */
  readonly weightOver: 'reduced' | 'channel';
  /**
   * @param shape as `layout.roles`, axis by axis
   * @throws NormoscopeError `usage` for options that the shape cannot have (groups that do not divide C)
   */
  plan(shape: readonly number[], layout: Layout, options: NormalizationOptions): PlanResult;
}
