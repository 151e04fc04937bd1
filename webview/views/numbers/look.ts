import { elementText } from '../../../src/core/analysis/sliceText';
import type { Slice } from '../../../src/core/analysis/slice';
import { bitsPerElement, dtypeKind, type DType } from '../../../src/core/tensor/dtype';
import { formatCount, formatNumber } from '../../../src/core/text/numbers';

/** How an element looks in its cell. */
export interface Look {
  /** Four significant digits; integers up to seven digits whole. */
  readonly text: string;
  /** All digits. */
  readonly exact: string;
  readonly kind: 'nan' | 'infinite' | 'zero' | 'number';
}

/** From here on an integer is written with four digits and a power, as every number is. */
const longInteger = 1e7;

export function lookOf(slice: Slice, place: number, dtype: DType): Look {
  const { values, integers, imaginary } = slice;
  const value = values[place] ?? NaN;
  const other = imaginary?.[place];
  const parts = other === undefined ? [value] : [value, other];
  const kind = parts.some(Number.isNaN) ? 'nan' : parts.every(Number.isFinite) ? (parts.every((part) => part === 0) ? 'zero' : 'number') : 'infinite';
  const exact = elementText(slice, place, dtype);
  if (other !== undefined) {
    const sign = other < 0 || Object.is(other, -0) ? '−' : '+';
    return { text: `${formatNumber(value)} ${sign} ${formatNumber(Math.abs(other)).replace('+', '')}i`, exact, kind };
  }
  if (dtypeKind(dtype) === 'integer' && Math.abs(value) < longInteger) return { text: formatCount(integers?.[place] ?? value), exact, kind };
  return { text: Object.is(value, -0) ? '−0' : formatNumber(value), exact, kind };
}

/** CSS pixels that the widest look of a type takes, with its padding. */
export function cellWidth(dtype: DType): number {
  if (dtypeKind(dtype) === 'complex') return 248;
  return dtypeKind(dtype) !== 'float' && bitsPerElement(dtype) <= 16 ? 72 : 120;
}
