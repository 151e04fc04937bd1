import { arithmetics, type Arithmetic } from '../core/engine/arithmetic';
import { NormoscopeError } from '../core/errors';

/** Arithmetics by the names that people write. */
const byName: Readonly<Record<string, Arithmetic>> = {
  fp32: 'float32-one-pass',
  'fp32-two-pass': 'float32-two-pass',
  fp16: 'float16',
  bf16: 'bfloat16',
  'fp8-e4m3': 'float8_e4m3fn',
  'fp8-e5m2': 'float8_e5m2',
  ...Object.fromEntries(arithmetics.map((name) => [name, name])),
};

/**
 * `fp16,bf16`, or `all`. Each once, in the order in which they are written.
 * @throws NormoscopeError `usage`
 */
export function parseArithmetics(written: string): readonly Arithmetic[] {
  if (written === 'all') return arithmetics;
  const found = written.split(',').map((name) => {
    const arithmetic = Object.hasOwn(byName, name) ? byName[name] : undefined;
    if (arithmetic !== undefined) return arithmetic;
    const names = Object.keys(byName).filter((known) => !arithmetics.some((full) => full === known));
    throw new NormoscopeError('usage', `--precision has "${name}"; it takes ${names.join(', ')}, several with commas between, or all.`);
  });
  return [...new Set(found)];
}
