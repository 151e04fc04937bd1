import { formatNumber } from '../../src/core/text/numbers';
import type { DType } from '../../src/core/tensor/dtype';

/** Beyond it float64, which all arithmetic is in, has not every integer. */
const everyInteger = 2 ** 53;

/**
 * An element with as many digits as tell it from its neighbours in float32, or in float64 where that is what it is in. Integers of 64
 * bits that float64 may have rounded are marked: the page of numbers has them exactly.
 * @param stored null for what was computed
 */
export function elementText(value: number, stored: DType | null): string {
  let digits = 4;
  while (digits < 17 && Number(value.toPrecision(digits)) !== value && Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  const isRounded = (stored === 'int64' || stored === 'uint64') && Math.abs(value) >= everyInteger;
  return `${isRounded ? '≈\u202f' : ''}${formatNumber(value, digits)}`;
}
