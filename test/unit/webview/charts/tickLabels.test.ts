import assert from 'node:assert/strict';
import { xTicks } from '../../../../webview/charts/ticks';

describe('labels of ticks', () => {
  it('differ where values are far from zero and close to each other', () => {
    const labels = xTicks(9999.96, 10000.04, 600).map(({ label }) => label);
    assert.ok(labels.length > 3);
    assert.equal(new Set(labels).size, labels.length, labels.join(' | '));
    assert.ok(labels.some((label) => /^9.999\.98$/.test(label)), labels.join(' | '));
  });

  it('have four significant digits and no more where those do', () => {
    assert.deepEqual(xTicks(-0.1, 0.1, 300).map(({ label }) => label), ['−0.1', '−0.05', '0', '0.05', '0.1']);
  });

  it('are one at most where the axis is a point to double precision', () => {
    assert.ok(xTicks(1, 1 + 2 ** -52, 600).every(({ label }) => label.startsWith('1')));
  });
});
