import assert from 'node:assert/strict';
import { normalizations } from '../../../../src/core/engine/normalizations/registry';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { coordinatesAt, firstOf, groupAt, groupingOf, runsIn, spansOf, touches } from '../../../../webview/charts/groups';

const tensors = [
  { shape: [4, 6, 3, 2], roles: 'NCHW' },
  { shape: [4, 3, 2, 6], roles: 'NHWC' },
  { shape: [3, 4, 6], roles: 'NTC' },
  { shape: [2, 2, 5, 6], roles: 'NNTC' },
  { shape: [6, 5], roles: 'CN' },
];

describe('groups on the page', () => {
  for (const { shape, roles } of tensors) {
    it(`are the plans' own, element by element: ${roles}`, () => {
      const total = shape.reduce((a, b) => a * b, 1);
      for (const { id, plan: planOn } of normalizations) {
        const plan = planOn(shape, parseLayout(roles, shape), {});
        if ('notApplicable' in plan) continue;
        const grouping = groupingOf(roles, plan);
        assert.deepEqual(grouping, plan.grouping, id);
        // By definition: elements of one group agree on the kept axes, on the split one by parts.
        const key = (place: readonly number[]) => place.map((at, axis) => (!grouping.kept[axis] ? '' : axis === grouping.split?.axis ? Math.floor(at / ((shape[axis] ?? 1) / grouping.split.parts)) : at)).join();
        for (let element = 0; element < total; element++) {
          const place = coordinatesAt(shape, element);
          const group = groupAt(shape, grouping, place);
          assert.ok(group >= 0 && group < plan.groups);
          assert.equal(key(firstOf(shape, grouping, group)), key(place));
          const spans = spansOf(shape, grouping, place);
          for (let other = 0; other < total; other++) {
            const inside = coordinatesAt(shape, other).every((at, axis) => at >= (spans[axis]?.first ?? 0) && at <= (spans[axis]?.last ?? 0));
            assert.equal(inside, key(coordinatesAt(shape, other)) === key(place), `${id} ${element} ${other}`);
          }
        }
      }
    });
  }

  it('touch a stretch of elements or not, as one looks at each of them', () => {
    const axes = [{ size: 3, first: 1, last: 2 }, { size: 4, first: 0, last: 3 }, { size: 5, first: 2, last: 3 }];
    for (let first = 0; first < 60; first++) {
      for (let last = first; last < 60; last++) {
        let expected = false;
        for (let element = first; element <= last; element++) expected ||= coordinatesAt([3, 4, 5], element).every((at, axis) => at >= (axes[axis]?.first ?? 0) && at <= (axes[axis]?.last ?? 0));
        assert.equal(touches(axes, first, last), expected, `${first} to ${last}`);
      }
    }
    assert.equal(touches([{ size: 0, first: 0, last: -1 }], 0, -1), false);
    assert.equal(touches([], 0, 0), true);
  });

  it('fall on pixels, neighbours in one run', () => {
    assert.deepEqual(runsIn([{ size: 3, first: 0, last: 2 }, { size: 4, first: 1, last: 1 }], 1, 0, 12), [[1, 2], [5, 6], [9, 10]]);
    assert.deepEqual(runsIn([{ size: 3, first: 0, last: 2 }, { size: 4, first: 1, last: 1 }], 1, 4.5, 8), [[5, 6]]);
    assert.deepEqual(runsIn([{ size: 8, first: 4, last: 7 }, { size: 100, first: 0, last: 99 }], 100, 0, 800), [[400, 800]]);
    const pixel = 1000 / 256;
    assert.deepEqual(runsIn([{ size: 1000, first: 999, last: 999 }], pixel, 0, 1000), [[255 * pixel, 256 * pixel]]);
    // Every element falls on one pixel and no other.
    for (let at = 0; at < 1000; at++) assert.equal(runsIn([{ size: 1000, first: at, last: at }], pixel, 0, 1000).length, 1);
  });
});
