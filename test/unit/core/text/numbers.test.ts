import assert from 'node:assert/strict';
import { counted, formatBytes, formatCount, formatNumber, formatPercent, listed } from '../../../../src/core/text/numbers';

describe('numbers for people', () => {
  it('keep four significant digits and say powers', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0.423149, '0.4231'],
      [-12.5, '−12.5'],
      [6304, '6\u202f304'],
      [1234567.8, '1\u202f235\u202f000'],
      [1e-5, '10⁻⁵'],
      [3.25e-9, '3.25\u202f×\u202f10⁻⁹'],
      [-1e30, '−10³⁰'],
      [0, '0'],
      [NaN, 'NaN'],
      [-Infinity, '−Inf'],
      [0.9999999, '1'],
    ];
    for (const [value, text] of cases) assert.equal(formatNumber(value), text);
  });

  it('count, list and measure', () => {
    assert.equal(formatCount(1234567), '1\u202f234\u202f567');
    assert.equal(counted(1, 'channel'), '1 channel');
    assert.equal(listed([3]), '3');
    assert.equal(listed([3, 7, 12]), '3, 7 and 12');
    assert.equal(listed([0, 1, 2, 3, 4, 5, 6]), '0, 1, 2, 3, 4 and 2 more');
    assert.equal(formatBytes(500), '500\u202fB');
    assert.equal(formatBytes(9.2 * 1024 * 1024), '9.2\u202fMiB');
    assert.equal(formatPercent(0.0781), '7.8\u202f%');
  });
});
