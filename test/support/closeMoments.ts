import assert from 'node:assert/strict';
import type { MomentTable } from '../../src/core/engine/moments';

/** Relative difference of what is compared with a scale of its own: powers of the spread. */
export function assertClose(actual: MomentTable, expected: MomentTable, what: string, tolerance = 1e-10): void {
  assert.equal(actual.size, expected.size, what);
  for (const column of ['count', 'nan', 'posInf', 'negInf', 'zeros', 'min', 'max'] as const) {
    assert.deepEqual([...actual[column]], [...expected[column]], `${what}: ${column}`);
  }
  for (let group = 0; group < actual.size; group++) {
    const n = expected.count[group] as number;
    const spread = Math.max(Math.abs(expected.min[group] as number), Math.abs(expected.max[group] as number));
    const scales = { mean: spread, m2: n * spread ** 2, m3: n * spread ** 3, m4: n * spread ** 4 };
    for (const column of ['mean', 'm2', 'm3', 'm4'] as const) {
      const difference = Math.abs((actual[column][group] as number) - (expected[column][group] as number));
      const allowed = n === 0 ? 0 : tolerance * scales[column];
      assert.ok(difference <= allowed, `${what}: ${column}[${group}] is ${actual[column][group]}, not ${expected[column][group]}`);
    }
  }
}
