import type { AffineMap, BackwardRequest, Engine, Grouping, PassOptions } from '../engine/engine';
import { maskedPositions, type Mask } from '../engine/mask';
import { keep, planOf } from '../engine/normalizations/axes';
import {
  methodIds,
  type MethodId,
  type Normalization,
  type NormalizationOptions,
  type Plan,
  type PlanResult,
} from '../engine/normalizations/normalization';
import { normalization } from '../engine/normalizations/registry';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import { inferLayout, parseLayout, type Layout } from '../tensor/layout';
import { memoryOrder } from '../tensor/order';
import type { TensorData } from '../tensor/tensor';
import { epsOf } from './analyze';
import { maskText, type MaskRequest } from './mask';
import { unmaskedElements } from './maskEffect';
import { findMaskAlone } from './masking';
import { measure } from './methods';
import { affineMap, parameterGrouping, runningMap } from './parameters';
import { tensorInfo } from './tensorInfo';
import type { Values } from './values';

/** What a tensor can be normalized by: every normalization, and BatchNorm as it is in inference. */
export const normalizeMethods = [...methodIds, 'batch-eval'] as const;
export type NormalizeMethod = (typeof normalizeMethods)[number];

/** How one tensor is normalized. What is absent is inferred, or left out of the formula. */
export interface NormalizeRequest extends NormalizationOptions {
  /** Index in the catalog. */
  readonly tensor: number;
  readonly method: NormalizeMethod;
  /** Role letters. */
  readonly layout?: string;
  readonly eps?: number;
  /** Leaves padding out of the statistics; every element is normalized with them. Not for `batch-eval`, which has its own. */
  readonly mask?: MaskRequest;
  /** γ and β: of the reduced axes' shape for LayerNorm and RMSNorm, (channels) for the others; flat where they have several axes. */
  readonly weight?: Values;
  readonly bias?: Values;
  /** (channels) each; for `batch-eval`, which needs both, and for no other. The variance is the one that is divided by. */
  readonly runningMean?: Values;
  readonly runningVar?: Values;
}

/** What was, or is to be, written of a tensor. */
export interface Normalized {
  /** `LayerNorm`. */
  readonly label: string;
  /** For people: `the statistics of each token`. */
  readonly statistics: string;
  readonly layout: Layout;
  readonly eps: number;
  readonly shape: readonly number[];
  /** float64 for float64 elements, float32 for all others. */
  readonly dtype: 'float32' | 'float64';
  /** How the elements follow each other: as in the file that they come from. */
  readonly order: 'C' | 'F';
  /** Null without a mask. */
  readonly mask: NormalizedMask | null;
}

/** What a mask left out of the statistics. */
export interface NormalizedMask {
  /** In words: `trailing positions equal to 0`. */
  readonly source: string;
  readonly positions: number;
  readonly maskedPositions: number;
  /** Groups that it leaves nothing of: they have no statistics, so that their elements are NaN. */
  readonly emptyGroups: number;
}

export interface NormalizeOptions {
  readonly signal?: AbortSignal;
  /** Share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** A normalization of a tensor that is ready to be applied to it. */
export interface Normalizing {
  readonly normalized: Normalized;
  readonly data: TensorData;
  /** x to x̂. */
  readonly normalizing: AffineMap;
  /** `x̂ · γ + β`; null without either. */
  readonly affine: AffineMap | null;
  /** What γ and β have, or would have, an element for. */
  readonly parameters: Grouping;
  /** How x̂ depends on the tensor; null for running statistics. */
  readonly statistics: BackwardRequest['statistics'];
  /** What the request's mask leaves out of them; undefined without one. */
  readonly mask: Mask | undefined;
}

/**
 * Finds the affine maps of a normalization. All but `batch-eval` read the tensor once for its statistics, which are over
 * the finite elements.
 * @throws NormoscopeError `usage` for a method, options, parameters or a mask that do not fit the tensor, `unsupported` for
 *   complex elements and for an order of storage that `.npy` does not have; as the reading does
 */
export async function prepare(
  file: OpenFile,
  engine: Engine,
  request: NormalizeRequest,
  limits: Limits,
  options: NormalizeOptions,
): Promise<Normalizing> {
  const { shape } = tensorInfo(file, request.tensor);
  const data = file.tensor(request.tensor);
  const order = memoryOrder(shape, data.axisOrder);
  if (order === null) {
    throw new NormoscopeError('unsupported', 'The elements lie in neither C nor Fortran order; a .npy file knows only these.');
  }
  const layout = request.layout === undefined ? inferLayout(shape) : parseLayout(request.layout, shape);
  const eps = epsOf(request);
  const { label, weightOver, plan } = planned(shape, layout, request);
  const parameters = parameterGrouping(shape, layout, weightOver === 'reduced' ? plan.reducedAxes : null);
  const affine = affineMap(shape, parameters, request);
  const running = runningMap(shape, layout, eps, request);
  const reading = { file, engine, limits, signal: options.signal };
  const tensor = { shape, dtype: data.encoding.dtype, layout };
  const mask = request.mask === undefined ? undefined : await findMaskAlone(data, tensor, request.mask, reading, passOptions(options));
  const { emptyGroups, ...measured } =
    running === null
      ? await measuredMap(engine, data, normalization(request.method as MethodId), plan, eps, mask, options)
      : { normalizing: running, statistics: null, emptyGroups: 0 };
  return {
    normalized: {
      label,
      statistics: `${request.method === 'batch-eval' ? 'the running statistics' : 'the statistics'} of ${plan.sharedBy}`,
      layout,
      eps,
      shape,
      dtype: data.encoding.dtype === 'float64' ? 'float64' : 'float32',
      order,
      mask:
        mask === undefined || request.mask === undefined
          ? null
          : { source: maskText(request.mask), positions: mask.counts.length, maskedPositions: maskedPositions(mask), emptyGroups },
    },
    data,
    ...measured,
    affine,
    parameters,
    mask,
  };
}

/** @throws NormoscopeError `usage` when the method does not apply */
function planned(shape: readonly number[], layout: Layout, request: NormalizeRequest): Pick<Normalization, 'label' | 'weightOver'> & { plan: Plan } {
  const { label, weightOver } = normalization(request.method === 'batch-eval' ? 'batch' : request.method);
  const result = request.method === 'batch-eval' ? runningPlan(shape, layout) : normalization(request.method).plan(shape, layout, request);
  if ('notApplicable' in result) throw new NormoscopeError('usage', `${label} does not apply to this tensor: ${result.notApplicable}.`);
  return { label, weightOver, plan: result };
}

/** BatchNorm's groups, whatever is in them: running statistics are divided by even where a channel has one element. */
function runningPlan(shape: readonly number[], layout: Layout): PlanResult {
  if (!layout.roles.includes('C')) return { notApplicable: 'no channel axis' };
  return planOf(shape, { kept: keep(layout, 'C') }, /[DHW]/.test(layout.roles) ? 'each channel' : 'each feature');
}

/** The map by the tensor's own statistics. A function of its own, so that those do not wait in memory while it is applied. */
async function measuredMap(
  engine: Engine,
  data: TensorData,
  method: Normalization,
  plan: Plan,
  eps: number,
  mask: Mask | undefined,
  options: NormalizeOptions,
): Promise<Pick<Normalizing, 'normalizing' | 'statistics'> & Pick<NormalizedMask, 'emptyGroups'>> {
  const { grouping } = plan;
  const { tables } = await engine.moments(data, [grouping], {
    ...passOptions(options),
    // What is written is rounded once, and by nothing else.
    precise: true,
    ...(mask === undefined ? {} : { mask }),
    onProgress: ({ elementsDone, elementsTotal }) => options.onProgress?.(elementsDone / Math.max(1, elementsTotal)),
  });
  const [table] = tables;
  if (table === undefined) throw new NormoscopeError('internal', 'The engine returned no moments.');
  const { shift, scale } = measure(method, plan, table, eps);
  // What float64 cannot hold of a mean far from zero, against a small deviation, is taken out behind it.
  const offset = method.centred ? scale.map((factor, group) => -(table.meanLow[group] ?? 0) * factor) : new Float64Array(scale.length);
  // Copied: the table would keep the whole memory of the pass.
  const counts = table.count.slice();
  return {
    normalizing: { grouping, shift, scale, offset },
    statistics: { counts, centred: method.centred },
    emptyGroups: unmaskedElements(table).empty,
  };
}

function passOptions({ signal }: NormalizeOptions): PassOptions {
  return signal === undefined ? {} : { signal };
}
