import assert from 'node:assert/strict';
import { memoryOrder } from '../../../../src/core/tensor/order';

describe('the order of elements in storage', () => {
  const cases: readonly [shape: readonly number[], axisOrder: readonly number[], order: 'C' | 'F' | null][] = [
    [[], [], 'C'],
    [[5], [0], 'C'],
    [[2, 3, 4], [0, 1, 2], 'C'],
    [[2, 3, 4], [2, 1, 0], 'F'],
    [[2, 3, 4], [1, 0, 2], null],
    // An axis of one element lies anywhere.
    [[2, 1, 4], [2, 0, 1], 'F'],
    [[1, 3, 4], [1, 0, 2], 'C'],
    [[3, 1], [1, 0], 'C'],
  ];
  for (const [shape, axisOrder, order] of cases) {
    it(`is ${order ?? 'neither C nor Fortran'} for axes ${axisOrder.join(' ') || 'none'} of (${shape.join(', ')})`, () => {
      assert.equal(memoryOrder(shape, axisOrder), order);
    });
  }
});
