import type { Engine } from '../engine/engine';
import { groupCount } from '../engine/grouping';
import { keep } from '../engine/normalizations/axes';
import { pairOf } from '../engine/pairs';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import type { ByteSink } from '../tensor/byteSink';
import type { TensorData } from '../tensor/tensor';
import { prepare, type Normalized, type NormalizeOptions, type NormalizeRequest } from './normalize';
import { tensorInfo } from './tensorInfo';
import type { Values } from './values';

/**
 * How the tensor was normalized on the way forward. β is not asked for: no gradient depends on it. What a mask leaves out is in no
 * statistic and has no part in the loss: its gradient is 0.
 */
export interface GradientRequest extends Omit<NormalizeRequest, 'bias'> {
  /** Whether dγ and dβ are asked for. */
  readonly parameterGradients?: boolean;
}

/** Gradients of a loss through a normalization. Sums are over the places at which x̂ and the gradient are finite. */
export interface Gradients {
  /** What dX is like: shape, type, order of the elements. */
  readonly normalized: Normalized;
  /** dγ and dβ, of the shape of a weight; null where not asked for. */
  readonly weight: Values | null;
  readonly bias: Values | null;
  /**
   * L2 norms of the upstream gradient and of dX, one per sample (row-major over the axes named N, one for a tensor without);
   * null for more samples than `Limits.groupsInMemory`.
   */
  readonly gradientNorms: Float64Array | null;
  readonly inputNorms: Float64Array | null;
  /** Elements of dX that are NaN or infinite: where x or the gradient is, or a group has no statistics. */
  readonly notFinite: number;
}

/**
 * @param gradient dL/dy, of the tensor's shape and order of storage
 * @param open makes the sink of dX once it is known what that is like; null where it is not wanted
 * @throws NormoscopeError as `prepare` and `Engine.backward`, and whatever the sink throws
 */
export async function backward(
  file: OpenFile,
  engine: Engine,
  request: GradientRequest,
  gradient: TensorData,
  open: ((normalized: Normalized) => Promise<ByteSink>) | null,
  limits: Limits,
  { signal, onProgress }: NormalizeOptions,
): Promise<Gradients> {
  tensorInfo(file, request.tensor);
  // Refused before anything is read.
  pairOf(file.tensor(request.tensor), gradient);
  const passOptions = signal === undefined ? {} : { signal };
  // One read of the tensor for its statistics, then two of both, where the statistics are its own.
  const before = request.method === 'batch-eval' ? 0 : 1 / 5;
  const { normalized, data, normalizing, affine, statistics, parameters, mask } = await prepare(file, engine, request, limits, {
    ...passOptions,
    onProgress: (share) => onProgress?.(share * before),
  });
  const { shape, layout, dtype } = normalized;
  const samples = { kept: keep(layout, 'N') };
  const { weight, bias, ...told } = await engine.backward(
    data,
    gradient,
    {
      normalizing,
      statistics,
      parameters,
      weight: affine?.scale ?? null,
      parameterGradients: request.parameterGradients === true,
      samples: groupCount(shape, samples) > limits.groupsInMemory ? null : samples,
      ...(mask !== undefined && { mask }),
      output: dtype,
    },
    open === null ? null : await open(normalized),
    { ...passOptions, onProgress: (done, total) => onProgress?.(before + (1 - before) * (done / total)) },
  );
  const parameterShape = shape.filter((_, axis) => parameters.kept[axis]);
  const ofParameter = (values: Float64Array | null): Values | null => (values === null ? null : { shape: parameterShape, values });
  return { normalized, weight: ofParameter(weight), bias: ofParameter(bias), ...told };
}
