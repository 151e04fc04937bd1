import assert from 'node:assert/strict';
import type { MethodPrecision, PrecisionReport } from '../../../../src/core/analysis/precision';
import type { Report } from '../../../../src/core/analysis/report';
import { arithmetics } from '../../../../src/core/engine/arithmetic';
import { analyzed } from '../../../support/analysis';
import { seededNormal } from '../../../support/moments';

/** (2 sequences, 3 tokens, 8 features). */
const shape = [2, 3, 8];

function tokens(spoil: (values: number[]) => void): number[] {
  const values = Array.from({ length: 48 }, seededNormal(21));
  spoil(values);
  return values;
}

function methodOf({ methods }: PrecisionReport, id: string): MethodPrecision {
  const method = methods.find((candidate) => candidate.id === id);
  assert.ok(method);
  return method;
}

async function simulated(values: readonly number[], precision: PrecisionReport['arithmetic'], eps = 1e-5): Promise<PrecisionReport> {
  const [found] = (await analyzed(values, shape, { layout: 'NTC', precision: [precision], eps })).precision;
  assert.ok(found);
  return found;
}

describe('the precision of an arithmetic', () => {
  it('is looked at only when that is asked for', async () => {
    assert.deepEqual((await analyzed(tokens(() => undefined), shape)).precision, []);
    assert.deepEqual((await analyzed(tokens(() => undefined), shape, { precision: [] })).precision, []);
  });

  it('breaks in float16 at the first square beyond 65504, in the token that holds it', async () => {
    // Token [1, 2], feature 3.
    const found = await simulated(tokens((values) => (values[43] = 300)), 'float16');
    const layer = methodOf(found, 'layer');
    assert.deepEqual(layer.firstBreak, { kind: 'square-overflow', element: 43, group: 5, coordinates: [1, 2] });
    assert.deepEqual([layer.groups, layer.broken, layer.notFinite, layer.notPositive, layer.squareOverflow], [6, 1, 1, 0, 1]);
    // The same element breaks a channel of BatchNorm.
    assert.deepEqual(methodOf(found, 'batch').firstBreak, { kind: 'square-overflow', element: 43, group: 3, coordinates: [3] });
    assert.deepEqual(found.cast.overflow, 0);
  });

  it('breaks in float32 where E[x²] − E[x]² leaves no variance, and not in two passes', async () => {
    const values = tokens((all) => all.forEach((value, index) => (all[index] = 1e5 + 0.5 * value)));
    const onePass = methodOf(await simulated(values, 'float32-one-pass'), 'layer');
    const twoPass = methodOf(await simulated(values, 'float32-two-pass'), 'layer');
    assert.ok((onePass.varianceError ?? 0) > 1 && (twoPass.varianceError ?? 1) < 0.01, `${onePass.varianceError} ${twoPass.varianceError}`);
    assert.ok(onePass.notPositive > 0 && onePass.broken >= onePass.notPositive);
    assert.equal(onePass.firstBreak?.kind, 'variance-not-positive');
    assert.deepEqual([twoPass.broken, twoPass.firstBreak], [0, null]);
  });

  it('breaks at an eps that becomes 0 beside a token of padding', async () => {
    const padded = tokens((values) => values.fill(0, 16, 24));
    const sound = await simulated(padded, 'float16');
    assert.deepEqual([sound.epsFlushed, methodOf(sound, 'layer').broken], [false, 0]);
    const flushed = await simulated(padded, 'float16', 1e-12);
    assert.equal(flushed.epsFlushed, true);
    assert.deepEqual(methodOf(flushed, 'layer').firstBreak, { kind: 'not-finite', element: null, group: 2, coordinates: [0, 2] });
    // 0 · Infinity: all of the token.
    assert.equal(methodOf(flushed, 'layer').outputNotFinite, 8);
  });

  it('tells the share of elements that a format cannot hold, and its range', async () => {
    const values = tokens((all) => all.fill(2).splice(0, 4, 1000, -500, 1e-5, 2 ** -8));
    const { cast } = await simulated(values, 'float8_e4m3fn');
    assert.deepEqual([cast.elements, cast.overflow, cast.underflow, cast.subnormal, cast.firstOverflow], [48, 2, 1, 1, 0]);
    assert.ok(Math.abs((cast.dynamicRange ?? 0) - Math.log2(1000 / Math.fround(1e-5))) < 1e-12);
    assert.equal(cast.formatRange, Math.log2(448 / 2 ** -9));
  });

  it('is the same when the normalizations are simulated one after the other', async () => {
    const values = tokens((all) => (all[5] = 7e4));
    const request = { layout: 'NTC', precision: arithmetics } as const;
    const shares: number[] = [];
    const onPartial = ({ progress }: Report) => shares.push(progress);
    const all = await analyzed(values, shape, request);
    // Every grouping fits alone, and no two together.
    const few = await analyzed(values, shape, { ...request, limits: { groupsInMemory: 16, chunkBytes: 64 }, onPartial });
    assert.equal(all.precision.length, arithmetics.length);
    assert.deepEqual(few.precision, all.precision);
    assert.ok(shares.length > 2 && shares.every((share, index) => share >= (shares[index - 1] ?? 0) && share <= 1), `${shares}`);
  });

  it('has nothing to say of a tensor without elements', async () => {
    const [found] = (await analyzed([], [0, 4], { precision: ['float16'] })).precision;
    assert.equal(found?.cast.dynamicRange, null);
    for (const method of found?.methods ?? []) assert.deepEqual([method.broken, method.varianceError, method.outputError, method.firstBreak], [0, null, null, null]);
  });
});
