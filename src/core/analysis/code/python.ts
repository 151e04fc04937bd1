/** Pieces of Python. Nothing but numbers and the letters of a layout is ever written into it. */

/** `(1, 2)`, `(1,)`, `()`. */
export function tuple(values: readonly number[]): string {
  return values.length === 1 ? `(${values.join()},)` : `(${values.join(', ')})`;
}

/** `1e-5`, `0.0`. */
export function float(value: number): string {
  return value === 0 ? '0.0' : value.toExponential();
}

/** `axis=1`, or `axis=(1, 2)` where there are several. */
export function axes(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : tuple(values);
}

/** A snippet of these lines; empty ones are kept, absent ones are not. */
export function lines(...parts: readonly (string | null | readonly string[])[]): string {
  return `${parts.flat().filter((part) => part !== null).join('\n')}\n`;
}
