import assert from 'node:assert/strict';
import { normalizations } from '../../../../src/core/engine/normalizations/registry';
import { parseLayout } from '../../../../src/core/tensor/layout';
import { blockCells, blockPicture, placeOf } from '../../../../webview/charts/blocks';
import { groupingOf, spansOf, type Sharing } from '../../../../webview/charts/groups';

/** Sides of the picture that show the shared set: front, top and side faces. */
function shared(shape: readonly number[], roles: string, sharing: Sharing | null) {
  const { faces } = blockPicture(shape, roles, sharing);
  const count = (side: string) => faces.filter((face) => face.side === side && face.shared).length;
  return { front: count('front'), top: count('top'), side: count('side') };
}

function sharingOf(id: string, shape: readonly number[], roles: string, options = {}): Sharing {
  const normalization = normalizations.find((candidate) => candidate.id === id);
  const plan = normalization?.plan(shape, parseLayout(roles, shape), options);
  assert.ok(plan !== undefined && !('notApplicable' in plan));
  return plan;
}

describe('the block picture', () => {
  const planes = [32, 24, 8, 8] as const;
  const tokens = [32, 24, 64] as const;

  it('shows the block of 5 samples, 6 channels and 5 positions, as Wu and He draw it', () => {
    const { faces, labels } = blockPicture(planes, 'NCHW', null);
    assert.equal(faces.length, 5 * 6 + 5 * 5 + 5 * 6);
    assert.ok(faces.every((face) => !face.shared));
    assert.deepEqual(labels.map(({ text }) => text), ['C\u202f24', 'H·W\u202f64', 'N\u202f32']);
  });

  it('shows what each normalization of planes shares', () => {
    assert.deepEqual(shared(planes, 'NCHW', sharingOf('layer', planes, 'NCHW')), { front: 30, top: 6, side: 5 }, 'all of one sample');
    assert.deepEqual(shared(planes, 'NCHW', sharingOf('batch', planes, 'NCHW')), { front: 5, top: 5, side: 25 }, 'one channel of all samples');
    assert.deepEqual(shared(planes, 'NCHW', sharingOf('instance', planes, 'NCHW')), { front: 5, top: 1, side: 5 }, 'one channel of one sample');
    assert.deepEqual(shared(planes, 'NCHW', sharingOf('group', planes, 'NCHW', { numGroups: 2 })), { front: 15, top: 3, side: 5 }, 'half of the channels of one sample');
    assert.deepEqual(shared(planes, 'NCHW', sharingOf('rms', planes, 'NCHW')), { front: 30, top: 6, side: 5 });
  });

  it('shows the same of channels-last planes, by what the axes mean', () => {
    const last = [32, 8, 8, 24];
    for (const id of ['batch', 'instance']) {
      assert.deepEqual(shared(last, 'NHWC', sharingOf(id, last, 'NHWC')), shared(planes, 'NCHW', sharingOf(id, planes, 'NCHW')), id);
    }
  });

  it('shows one token for LayerNorm, one feature of all tokens for BatchNorm', () => {
    assert.deepEqual(shared(tokens, 'NTC', sharingOf('layer', tokens, 'NTC')), { front: 6, top: 6, side: 1 });
    assert.deepEqual(shared(tokens, 'NTC', sharingOf('batch', tokens, 'NTC')), { front: 5, top: 5, side: 25 });
  });

  it('shows no more cells than there are elements', () => {
    const { faces } = blockPicture([2, 3], 'NC', sharingOf('batch', [2, 3], 'NC'));
    assert.equal(faces.length, 2 * 3 + 2 + 3);
    assert.deepEqual(shared([2, 3], 'NC', sharingOf('batch', [2, 3], 'NC')), { front: 1, top: 2, side: 2 });
  });

  it('is as wide as its labels need, so that none is cut off', () => {
    const [small, large] = [blockPicture([4, 6, 5, 1], 'NCHW', null), blockPicture([16384, 6, 1024, 1024], 'NCHW', null)];
    assert.ok(large.box.width > small.box.width);
    const [, positions, samples] = large.labels;
    assert.ok((positions?.x ?? 0) - (positions?.text.length ?? 0) * 6.6 >= large.box.left);
    assert.ok((samples?.x ?? 0) + (samples?.text.length ?? 0) * 6.6 <= large.box.left + large.box.width);
  });

  it('names only axes that there are', () => {
    assert.deepEqual(blockPicture([7], 'C', null).labels.map(({ text }) => text), ['C\u202f7']);
    assert.deepEqual(blockPicture([7, 9], 'NT', null).labels.map(({ text }) => text), ['T\u202f9', 'N\u202f7']);
    assert.equal(blockPicture([0, 3], 'NC', null).faces.length, 3 + 1 + 3, 'an empty axis is drawn as one cell');
  });

  it('shows the set of the lit element instead, on whichever sides are seen of it', () => {
    const place = placeOf(planes, 'NCHW', { sample: 2, channel: 3, position: 4 });
    // Of 32 samples in 5 cells, 24 channels in 6, 8 × 8 positions in 5: the first of each cell.
    assert.deepEqual(place, [13, 12, 6, 4]);
    const lit = (id: string, options = {}) => {
      const sharing = sharingOf(id, planes, 'NCHW', options);
      const { faces } = blockPicture(planes, 'NCHW', sharing, { place, spans: spansOf(planes, groupingOf('NCHW', sharing), place) });
      return faces.filter((face) => face.shared).map(({ side, cell }) => `${side} n${cell.sample} c${cell.channel} p${cell.position}`);
    };
    assert.deepEqual(lit('instance'), ['top n2 c3 p0']);
    assert.deepEqual(lit('layer'), [...[0, 1, 2, 3, 4, 5].map((c) => `top n2 c${c} p0`), ...[0, 1, 2, 3, 4].map((p) => `side n2 c5 p${p}`)]);
    assert.deepEqual(lit('group', { numGroups: 2 }), [...[3, 4, 5].map((c) => `top n2 c${c} p0`), ...[0, 1, 2, 3, 4].map((p) => `side n2 c5 p${p}`)]);
    assert.deepEqual(lit('batch').filter((face) => face.startsWith('top')), [4, 3, 2, 1, 0].map((n) => `top n${n} c3 p0`));
    const alone = blockPicture(planes, 'NCHW', null, { place: placeOf(planes, 'NCHW', { sample: 0, channel: 5, position: 1 }), spans: null });
    assert.ok(alone.faces.every((face) => !face.shared));
    assert.deepEqual(alone.faces.filter((face) => face.here).map(({ side }) => side), ['side', 'front'], 'the cell itself, on both sides that are seen of it');
    assert.deepEqual(blockCells(planes, 'NCHW'), { sample: 5, position: 5, channel: 6 });
  });
});
