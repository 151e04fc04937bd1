import assert from 'node:assert/strict';
import { colourPixels, ownColours, ownRange, placeOfPlane, planeAxes, planeLabel, planeSize, planeWindow } from '../../../../webview/charts/planes';
import type { TileCells } from '../../../../webview/charts/tiles';

function cells(values: readonly number[], rows = 1): TileCells {
  return { rows, columns: values.length / rows, mean: Float64Array.from(values), min: null, max: null, flags: new Uint8Array(values.length) };
}

describe('planes', () => {
  it('are of tensors with two spatial axes, one for each step of the others but depth', () => {
    assert.deepEqual(planeAxes('NCHW', [2, 24, 8, 9]), { down: 2, along: 3, depth: null, over: [0, 1], colours: null });
    assert.deepEqual(planeAxes('NHWC', [2, 8, 9, 3]), { down: 1, along: 2, depth: null, over: [0, 3], colours: 3 });
    assert.deepEqual(planeAxes('NCDHW', [2, 3, 5, 8, 9]), { down: 3, along: 4, depth: 2, over: [0, 1], colours: 1 });
    for (const [roles, shape] of [['NTC', [2, 3, 4]], ['NCL'.replace('L', 'W'), [2, 3, 4]], ['NCHW', [2, 0, 4, 4]]] as const) assert.equal(planeAxes(roles, shape), null, roles);
  });

  it('are counted row by row, and named by sample and channel', () => {
    const shape = [2, 24, 8, 9];
    assert.deepEqual(placeOfPlane(shape, [0, 1], 25), [1, 1, 0, 0]);
    assert.equal(planeLabel('NCHW', [0, 1], [3, 17, 0, 0]), 'n 3 · c 17');
    // Of channels last the channel is still the faster.
    assert.deepEqual(placeOfPlane([2, 8, 9, 3], [0, 3], 4), [1, 0, 0, 1]);
    assert.equal(planeLabel('HW', [], [0, 0]), 'all');
  });

  it('are asked for as windows of their own, shrunk where they are larger than they are shown', () => {
    assert.deepEqual(planeSize(8, 8), { width: 64, height: 64, perPixel: 1 });
    assert.deepEqual(planeSize(224, 112), { width: 48, height: 96, perPixel: 3 });
    assert.deepEqual(planeSize(1, 500), { width: 96, height: 16, perPixel: 6 });
    assert.deepEqual(planeWindow([2, 24, 8, 9], { down: 2, along: 3 }, [1, 5, 0, 0], 2), {
      ...{ rowAxes: [2], columnAxes: [3], fixed: [1, 5, 0, 0], row: 0, rows: 8, column: 0, columns: 9 },
      ...{ rowsPerPixel: 2, columnsPerPixel: 2 },
    });
  });

  it('have a symmetric range of their own, also where there is nothing', () => {
    assert.deepEqual(ownRange(cells([0.5, -2, NaN])), { low: -2, high: 2 });
    assert.deepEqual(ownRange(cells([0, NaN])), { low: -1, high: 1 });
  });

  it('as pictures are red, green and blue within a range, and magenta where a channel has no value', () => {
    const pixels = colourPixels([cells([0, 1, 2, NaN]), cells([1, 1, -5, 0]), cells([0.5, 0, 9, 0])], { low: 0, high: 1 });
    assert.deepEqual([...pixels], [0, 255, 128, 255, 255, 255, 0, 255, 255, 0, 255, 255, 255, 0, 255, 255]);
    assert.deepEqual(ownColours([cells([3, NaN]), cells([-1, 0]), cells([2, 2])]), { low: -1, high: 3 });
    assert.deepEqual(ownColours([cells([NaN]), cells([NaN]), cells([NaN])]), { low: -0.5, high: 0.5 });
    assert.deepEqual(ownColours([cells([7]), cells([7]), cells([7])]), { low: 6.5, high: 7.5 });
  });
});
