import { NormoscopeError } from '../errors';
import { unitOf, type TensorData } from '../tensor/tensor';
import { formatShape } from '../text/numbers';

/** Two tensors whose elements are read side by side. */
export interface Pair {
  readonly data: TensorData;
  readonly gradient: TensorData;
  /**
   * Both as one, for `forEachStretch`: n elements are read as those of the tensor, then those of the gradient. It has no
   * elements that could be decoded.
   */
  readonly both: TensorData;
  /** The two parts of what was read of `both`. */
  parts(bytes: Uint8Array, count: number): readonly [data: Uint8Array, gradient: Uint8Array];
}

/** @throws NormoscopeError `usage` for different shapes, `unsupported` for different orders of storage or packed elements */
export function pairOf(data: TensorData, gradient: TensorData): Pair {
  const { shape } = data;
  if (shape.length !== gradient.shape.length || shape.some((size, axis) => size !== gradient.shape[axis])) {
    throw new NormoscopeError('usage', `The gradient has the shape ${formatShape(gradient.shape)}; that of the tensor, ${formatShape(shape)}, is expected.`);
  }
  const packed = [data, gradient].find(({ encoding }) => unitOf(encoding) > 1);
  if (packed !== undefined) {
    throw new NormoscopeError('unsupported', `Elements of type ${packed.encoding.dtype} are packed several to an item; gradients are taken of plain numbers.`);
  }
  // Axes of a single element lie anywhere.
  const order = ({ axisOrder }: TensorData) => axisOrder.filter((axis) => shape[axis] !== 1).join();
  if (order(data) !== order(gradient)) {
    throw new NormoscopeError(
      'unsupported',
      'The gradient is stored in another order of axes (C or Fortran) than the tensor; both are read side by side, so store them alike.',
    );
  }
  const [own, other] = [data.encoding.stride, gradient.encoding.stride];
  const parts = (bytes: Uint8Array, count: number) => [bytes.subarray(0, count * own), bytes.subarray(count * own)] as const;
  const both: TensorData = {
    ...data,
    encoding: { ...data.encoding, stride: own + other },
    async read(first, target, signal) {
      const [x, g] = parts(target, target.length / (own + other));
      await Promise.all([data.read(first, x, signal), gradient.read(first, g, signal)]);
    },
  };
  return { data, gradient, both, parts };
}
