import assert from 'node:assert/strict';
import fc from 'fast-check';
import { xTicks } from '../../../../webview/charts/ticks';

describe('ticks', () => {
  it('stand at round values, labelled as numbers are everywhere', () => {
    assert.deepEqual(xTicks(-4, 4, 400).map(({ x, label }) => [x, label]), [[0, '−4'], [100, '−2'], [200, '0'], [300, '2'], [400, '4']]);
    assert.deepEqual(xTicks(0, 3e-9, 300).map(({ label }) => label), ['0', '10⁻⁹', '2\u202f×\u202f10⁻⁹', '3\u202f×\u202f10⁻⁹']);
  });

  it('are never more than their labels have room for', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e30, max: 1e30, noNaN: true }), fc.double({ min: 1e-6, max: 1e12, noNaN: true }), fc.integer({ min: 1, max: 2000 }), (low, share, width) => {
        const high = low + Math.max(1e-30, Math.abs(low)) * share;
        const ticks = xTicks(low, high, width);
        assert.ok(ticks.length <= Math.max(2, width / 52), `${ticks.length} ticks on ${width} px`);
        for (const { x, value } of ticks) {
          assert.ok(x >= -1e-6 * width && x <= width * (1 + 1e-6), `${x}`);
          assert.ok(value >= low && value <= high, `${value}`);
        }
      }),
    );
  });

  it('say 0 where sums of steps leave a residue', () => {
    assert.ok(xTicks(-0.3, 0.3, 400).some(({ label, x }) => label === '0' && Math.abs(x - 200) < 1e-9));
  });
});
