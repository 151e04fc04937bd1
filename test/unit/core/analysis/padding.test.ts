import assert from 'node:assert/strict';
import { findPadding } from '../../../../src/core/analysis/padding';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { momentsByDefinition, seededNormal } from '../../../support/moments';

/** (samples, tokens, features) with `lengths[s]` real tokens and constant ones behind them. */
function padded(lengths: readonly number[], tokens: number, features: number, pad: number): number[] {
  const normal = seededNormal(11);
  return lengths.flatMap((length) =>
    Array.from({ length: tokens * features }, (_, index) => (index < length * features ? 1e4 + 3 * normal() : pad)),
  );
}

function find(values: readonly number[], shape: readonly number[], roles: string) {
  const layout = parseLayout(roles, shape);
  const kept = [...roles].map((role) => role !== 'C');
  return findPadding(
    shape,
    layout,
    momentsByDefinition(values, shape, { kept }),
    momentsByDefinition(values, shape, { kept: kept.map((flag) => !flag) }),
  );
}

describe('padding of token tensors', () => {
  for (const pad of [0, -7]) {
    it(`counts trailing tokens of ${pad} and measures what they move`, () => {
      const [tokens, features] = [6, 4];
      const lengths = [6, 3, 1];
      const values = padded(lengths, tokens, features, pad);
      const found = find(values, [3, tokens, features], 'NTC');
      assert.equal(found?.padded, 0 + 3 + 5);
      assert.equal(found?.tokens, 18);

      // The same by taking the real tokens out and computing anew.
      const shifts = Array.from({ length: features }, (_, feature) => {
        const all = values.filter((_, index) => index % features === feature);
        const real = all.filter((_, token) => token % tokens < (lengths[Math.floor(token / tokens)] as number));
        const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
        const std = Math.sqrt(mean(real.map((value) => (value - mean(real)) ** 2)));
        return Math.abs(mean(all) - mean(real)) / std;
      });
      const expected = Math.max(...shifts);
      assert.ok(Math.abs((found?.meanShift ?? 0) / expected - 1) < 1e-6, `${found?.meanShift} for ${expected}`);
      assert.deepEqual([found?.value, found?.meanShiftChannel], [pad, shifts.indexOf(expected)]);
      const variance = (list: readonly number[]) => list.reduce((sum, value) => sum + (value - list.reduce((a, b) => a + b, 0) / list.length) ** 2, 0) / list.length;
      const all = values.filter((_, index) => index % features === found?.varianceRatioChannel);
      const real = all.filter((_, token) => token % tokens < (lengths[Math.floor(token / tokens)] as number));
      assert.ok(Math.abs((found?.varianceRatio ?? 0) / (variance(all) / variance(real)) - 1) < 1e-6, `${found?.varianceRatio}`);
    });
  }

  it('finds it with tokens before samples', () => {
    // (tokens 3, samples 2, features 2): sample 1 has one real token.
    const values = [1, 2, 3, 4, 5, 7, 0, 0, 8, 6, 0, 0];
    assert.equal(find(values, [3, 2, 2], 'TNC')?.padded, 2);
  });

  it('measures no shift against a feature that only the padding changes', () => {
    // Feature 1 is 0.3 in every real token: its deviation without padding is rounding, not a measure.
    const [samples, tokens] = [4, 50];
    const normal = seededNormal(5);
    const values = Array.from({ length: samples * tokens }, (_, token) => (token % tokens < 31 ? [normal(), 0.3] : [0, 0])).flat();
    const found = find(values, [samples, tokens, 2], 'NTC');
    assert.equal(found?.padded, samples * 19);
    assert.ok(found.meanShift < 1, String(found.meanShift));
  });

  it('is not seen in tokens of one feature, which are all one value anyway', () => {
    assert.equal(find([1, 2, NaN, 3, 4, 5], [2, 3, 1], 'NTC'), null);
  });

  it('is not a constant token in the middle, nor a tensor without any', () => {
    assert.equal(find([1, 2, 0, 0, 3, 4], [1, 3, 2], 'NTC'), null);
    assert.equal(find([1, 2, 3, 4], [1, 2, 2], 'NTC'), null);
  });
});
