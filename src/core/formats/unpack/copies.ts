/** Bytes from which on a copy by the engine pays for what it takes to ask for one. */
const fewBytes = 64;

/** Copies from one array to another; whoever calls has made sure that all of it is there. */
export function copy(input: Uint8Array, at: number, output: Uint8Array, to: number, count: number): void {
  if (count > fewBytes) output.set(input.subarray(at, at + count), to);
  else for (let index = 0; index < count; index++) output[to + index] = input[at + index] as number;
}

/**
 * Copies bytes of what was written; they may overlap with what is being written.
 * @returns the place behind them
 */
export function repeat(output: Uint8Array, to: number, distance: number, count: number): number {
  const from = to - distance;
  if (distance >= count && count > fewBytes) output.copyWithin(to, from, from + count);
  else for (let index = 0; index < count; index++) output[to + index] = output[from + index] as number;
  return to + count;
}
