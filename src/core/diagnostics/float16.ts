import type { Evidence } from '../analysis/evidence';
import type { Severity } from '../analysis/finding';

/** The greatest float16. */
export const greatestFloat16 = 65504;
/** The least magnitude that is rounded to infinity in float16. */
export const beyondFloat16 = 65520;
/** Up to this a number is rounded to 0 in float16: half of its least, 2⁻²⁴. */
export const zeroInFloat16 = 2 ** -25;

/** Whether the tensor could be computed with in float16: it is real and floating, and not narrower already. */
export function couldBeFloat16({ tensor }: Evidence): boolean {
  return tensor.dtype !== null && ['float16', 'bfloat16', 'float32', 'float64'].includes(tensor.dtype);
}

/** What is wrong in float16 concerns the one who has float16; the others may want to know before they cast. */
export function float16Severity({ tensor }: Evidence, stored: Severity = 'error'): Severity {
  return tensor.dtype === 'float16' ? stored : 'info';
}

/** `In float16,` of what is stored so, `Cast to float16,` of the rest. */
export function inFloat16({ tensor }: Evidence): string {
  return tensor.dtype === 'float16' ? 'In float16,' : 'Cast to float16,';
}

export function greatestMagnitude({ overall }: Evidence): number {
  const [min = Infinity, max = -Infinity] = [overall.min[0], overall.max[0]];
  return min > max ? 0 : Math.max(Math.abs(min), Math.abs(max));
}
