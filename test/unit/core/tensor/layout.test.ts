import assert from 'node:assert/strict';
import { inferLayout, parseLayout } from '../../../../src/core/tensor/layout';

describe('the layout of a shape', () => {
  const inferred: readonly (readonly [readonly number[], string, RegExp])[] = [
    [[], '', /no axes/],
    [[7], 'C', /vector of features/],
    [[32, 768], 'NC', /samples by features/],
    [[8, 128, 768], 'NTC', /tokens by features/],
    [[32, 64, 56, 56], 'NCHW', /last two axes are equal/],
    [[32, 64, 1, 1], 'NCHW', /last two axes are equal/],
    [[32, 56, 56, 64], 'NHWC', /second and third axes are equal/],
    [[8, 8, 8, 8], 'NCHW', /order of PyTorch/],
    [[1, 480, 640, 3], 'NHWC', /last axis has 3 elements, as the colours/],
    [[1, 480, 640, 1], 'NHWC', /last axis has 1 element, as/],
    [[2, 3, 480, 640], 'NCHW', /order of PyTorch/],
    // Colours on both ends say nothing.
    [[2, 3, 480, 4], 'NCHW', /order of PyTorch/],
    [[2, 6, 3, 4, 5], 'NCDHW', /volumes/],
    [[2, 3, 4, 5, 6, 7], 'NNNNTC', /^6 axes: the leading ones/],
  ];
  for (const [shape, roles, reason] of inferred) {
    it(`is ${roles === '' ? 'empty' : roles} for (${shape.join(', ')})`, () => {
      const layout = inferLayout(shape);
      assert.equal(layout.roles, roles);
      assert.match(layout.reason, reason);
      assert.ok(layout.inferred);
      // What is inferred could have been given.
      assert.equal(parseLayout(layout.roles, shape).roles, roles);
    });
  }

  it('is read from letters of either case', () => {
    assert.deepEqual(parseLayout('nhwc', [2, 3, 4, 5]), { roles: 'NHWC', reason: 'as given', inferred: false });
    assert.equal(parseLayout('NNTC', [1, 2, 3, 4]).roles, 'NNTC');
  });

  it('is refused in one sentence where it does not fit', () => {
    const refused: readonly (readonly [string, readonly number[], string])[] = [
      ['NX', [1, 2], 'Layout "NX" has the letter "X"; an axis is one of N C T D H W.'],
      ['NC', [1, 2, 3], 'Layout "NC" names 2 axes, but the shape (1, 2, 3) has 3.'],
      ['NTT', [1, 2, 3], 'Layout "NTT" has "T" twice; only N may stand on several axes.'],
    ];
    for (const [text, shape, message] of refused) assert.throws(() => parseLayout(text, shape), { code: 'usage', message });
  });
});
