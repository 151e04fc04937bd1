import { NormoscopeError } from '../errors';
import type { TensorData } from './tensor';

/**
 * One part of a complex tensor, as a tensor of floats over the same bytes.
 * @throws NormoscopeError `internal` when the tensor is not complex
 */
export function complexPart(data: TensorData, part: 'real' | 'imaginary'): TensorData {
  const { encoding, shape, axisOrder } = data;
  if (encoding.dtype !== 'complex64' && encoding.dtype !== 'complex128') {
    throw new NormoscopeError('internal', `A part of a complex tensor was asked for; the elements are ${encoding.dtype}.`);
  }
  const [dtype, bytes] = encoding.dtype === 'complex64' ? (['float32', 4] as const) : (['float64', 8] as const);
  // The real part lies first, in either byte order.
  const offset = encoding.offset + (part === 'real' ? 0 : bytes);
  return {
    shape,
    axisOrder,
    encoding: { ...encoding, dtype, offset },
    read: (firstElement, target, signal) => data.read(firstElement, target, signal),
  };
}
