import assert from 'node:assert/strict';
import { parseLayout } from '../../../src/core/tensor/layout';
import { withRole } from '../../../webview/views/roles';

describe('choosing the role of an axis', () => {
  it('swaps a letter that another axis has, so that the layout stays valid', () => {
    assert.equal(withRole('NTC', 1, 'C'), 'NCT');
    assert.equal(withRole('NCHW', 3, 'C'), 'NWHC');
    assert.equal(withRole('NC', 0, 'T'), 'TC');
  });

  it('lets N stand on several axes', () => {
    assert.equal(withRole('NTC', 1, 'N'), 'NNC');
  });

  it('never leads to a layout that is refused', () => {
    for (const start of ['NC', 'NTC', 'NCHW', 'NCDHW', 'NNNC']) {
      for (let axis = 0; axis < start.length; axis++) {
        for (const role of ['N', 'C', 'T', 'D', 'H', 'W'] as const) {
          parseLayout(withRole(start, axis, role), [...start].map(() => 2));
        }
      }
    }
  });
});
