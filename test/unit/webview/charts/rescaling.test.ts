import assert from 'node:assert/strict';
import type { Report, View } from '../../../../src/core/analysis/report';
import { methodIds } from '../../../../src/core/engine/normalizations/normalization';
import { evenEdges, groupRuns } from '../../../../webview/charts/cellGroups';
import { groupAt, groupingOf } from '../../../../webview/charts/groups';
import { pictureEdges } from '../../../../webview/charts/heatmap';
import { placedPicture, rescalingOf, stretchOf } from '../../../../webview/charts/rescaling';
import { factorsAt, largestError, rescaled } from '../../../../webview/gpu/rescale';
import { analyzed } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';

const views = methodIds;

/** Groups of very different variances: rows from 1e-3 to 1e3, some constant. */
function uneven(shape: readonly number[], constant = 7): Float32Array {
  const normal = seededNormal(5);
  const size = shape.reduce((a, b) => a * b, 1);
  const row = size / (shape[0] ?? 1);
  return Float32Array.from({ length: size }, (_, index) => {
    const at = Math.floor(index / row);
    return at % constant === 3 ? 2 : normal() * 10 ** ((at % 7) - 3) + Math.sin(index);
  });
}

function followed(report: Report, view: View, eps: number) {
  const rescaling = rescalingOf(report, view, { eps }, placedPicture(report, view));
  assert.ok(rescaling !== null, view.id);
  return { values: rescaled(view.picture.mean, rescaling), error: largestError(view.picture, rescaling), rescaling };
}

/** How far a picture that followed is from the engine's own, relative to how far that one reaches. */
function distance(values: ArrayLike<number>, exact: ArrayLike<number>): number {
  let [farthest, apart] = [0, 0];
  for (let cell = 0; cell < exact.length; cell++) {
    const [is, should] = [values[cell] ?? NaN, exact[cell] ?? NaN];
    assert.equal(Number.isNaN(is), Number.isNaN(should), String(cell));
    if (Number.isNaN(should)) continue;
    farthest = Math.max(farthest, Math.abs(should));
    apart = Math.max(apart, Math.abs(is - should));
  }
  return apart / farthest;
}

describe('pictures that follow another eps', () => {
  const cases = { 'an element on each pixel': [[6, 40], 'NC'], 'tokens': [[4, 5, 32], 'NTC'], 'planes of groups of channels': [[3, 8, 4, 5], 'NCHW'], 'channels last': [[3, 4, 5, 8], 'NHWC'], 'several tokens on a pixel': [[700, 16], 'NC'] } as const;
  for (const [name, [shape, layout]] of Object.entries(cases)) {
    it(`are those that the engine makes, or as near as they say: ${name}`, async () => {
      const values = uneven(shape);
      const [before, after] = await Promise.all([1e-5, 0.37].map((eps) => analyzed(values, shape, { views, layout, eps })));
      assert.ok(before !== undefined && after !== undefined);
      let exact = 0;
      for (const view of before.views.filter(({ id }) => id !== 'raw')) {
        const should = after.views.find(({ id }) => id === view.id)?.picture.mean ?? [];
        const { values: is, error } = followed(before, view, 0.37);
        if (error === 0) {
          exact++;
          assert.ok(distance(is, should) < 1e-5, `${view.id}: ${distance(is, should)}`);
        } else {
          const most = Array.from(is, (value, cell) => Math.abs(value - (should[cell] ?? NaN))).reduce((a, b) => (b > a ? b : a), 0);
          assert.ok(most <= error * (1 + 1e-5) && most > 0, `${view.id}: ${most}, at most ${error}`);
        }
        assert.ok(distance(followed(before, view, 1e-5 * (1 + 1e-9)).values, view.picture.mean) < 1e-6, 'from nowhere there is no jump');
      }
      if (name !== 'several tokens on a pixel') assert.equal(exact, before.views.length - 1);
      else assert.equal(exact, 1, 'BatchNorm has a channel to each column');
    });
  }

  it('have readouts of the same numbers, and colours that reach as far as the engine would say', async () => {
    const shape = [700, 16];
    const [before, after] = await Promise.all([1e-5, 20].map((eps) => analyzed(uneven(shape), shape, { views: ['layer', 'batch'], layout: 'NC', eps })));
    assert.ok(before !== undefined && after !== undefined);
    const [, layer] = before.views;
    assert.ok(layer !== undefined);
    const { values, rescaling } = followed(before, layer, 20);
    const factorAt = factorsAt(rescaling);
    for (const cell of [0, 17, 300, values.length - 1]) {
      const factor = factorAt(Math.floor(cell / layer.picture.columns), cell % layer.picture.columns);
      assert.ok(Math.abs(factor * (layer.picture.mean[cell] ?? NaN) - (values[cell] ?? NaN)) <= 1e-6 * Math.abs(values[cell] ?? NaN));
    }
    const reach = (report: Report) => {
      const sizes = report.views.slice(1).flatMap(({ picture }) => [...picture.mean].map(Math.abs)).sort((a, b) => a - b);
      return sizes[Math.floor(0.995 * sizes.length)] ?? 0;
    };
    const stretch = stretchOf(before, { eps: 20 });
    assert.ok(Math.abs(stretch / (reach(after) / reach(before)) - 1) < 0.15, `${stretch}`);
  });

  it('stay as they are where the page is not told of every group, or γ and β are in them', async () => {
    const report = await analyzed(uneven([6, 40]), [6, 40], { views: ['layer'], layout: 'NC' });
    const [raw, layer] = report.views;
    assert.ok(raw !== undefined && layer !== undefined);
    const wanted = { eps: 1 };
    const untold = { ...report, methods: report.methods.map((method) => ({ ...method, variance: { values: null } })) } as unknown as Report;
    assert.equal(rescalingOf(untold, layer, wanted, placedPicture(report, layer)), null);
    assert.equal(rescalingOf(report, { ...layer, affine: 'γ and β' }, wanted, placedPicture(report, layer)), null);
    assert.equal(rescalingOf(report, raw, wanted, placedPicture(report, raw)), null);
    assert.equal(rescalingOf(report, layer, { eps: report.eps }, placedPicture(report, layer)), null);
  });
});

describe('groups under the cells of a picture', () => {
  it('are those of every element, each with its share', () => {
    const shape = [3, 4, 6];
    for (const sharing of [{ reducedAxes: [2] }, { reducedAxes: [0, 1] }, { reducedAxes: [1, 2], numGroups: 3 }, { reducedAxes: [] }, { reducedAxes: [0, 1, 2] }]) {
      const grouping = groupingOf('NTC', sharing);
      const [rows, columns] = [evenEdges(1, 10, 3), evenEdges(0, 6, 4)];
      const runs = { rows: groupRuns(shape, grouping, 'rows', 2, rows), columns: groupRuns(shape, grouping, 'columns', 2, columns) };
      for (let row = 0; row < 4; row++) {
        for (let column = 0; column < 2; column++) {
          const found = new Map<number, number>();
          const [top = 0, bottom = 0] = rows.slice(row, row + 2);
          const [left = 0, right = 0] = columns.slice(column, column + 2);
          for (let down = top; down < bottom; down++) {
            for (let along = left; along < right; along++) {
              const group = groupAt(shape, grouping, [Math.floor(down / 4), down % 4, along]);
              found.set(group, (found.get(group) ?? 0) + 1 / ((bottom - top) * (right - left)));
            }
          }
          const told = new Map<number, number>();
          for (let down = runs.rows.start[row] ?? 0; down < (runs.rows.start[row + 1] ?? 0); down++) {
            for (let along = runs.columns.start[column] ?? 0; along < (runs.columns.start[column + 1] ?? 0); along++) {
              const group = (runs.rows.group[down] ?? 0) + (runs.columns.group[along] ?? 0);
              told.set(group, (told.get(group) ?? 0) + (runs.rows.share[down] ?? 0) * (runs.columns.share[along] ?? 0));
            }
          }
          assert.deepEqual([...told.keys()].sort(), [...found.keys()].sort());
          for (const [group, share] of found) assert.ok(Math.abs((told.get(group) ?? 0) - share) < 1e-6, `${group}`);
        }
      }
    }
  });

  it('are some of them where there are many, and that is said', () => {
    const shape = [65536, 4];
    const { start, group, isWhole } = groupRuns(shape, { kept: [true, false] }, 'rows', 1, evenEdges(0, 65536, 4096));
    assert.equal(isWhole, false);
    assert.equal(start.at(-1), 16 * 64);
    assert.ok([...group].every((at, index) => Math.floor(at / 4096) === Math.floor(index / 64)), 'each in its cell');
    const periodic = groupRuns([1024, 64, 4], { kept: [false, true, false] }, 'rows', 2, evenEdges(0, 65536, 65536));
    assert.ok(periodic.group.length > 16, `${periodic.group.length}: not the same few again and again`);
  });

  it('of a picture meet where its pixels do', () => {
    const { rows, columns } = pictureEdges({ rows: 4, columns: 2, mean: new Float32Array(8), min: new Float32Array(8), max: new Float32Array(8), flags: new Uint8Array(8) }, { rows: 10, columns: 2 });
    assert.deepEqual([...rows], [0, 2, 5, 7, 10]);
    assert.deepEqual([...columns], [0, 1, 2]);
  });
});
