import assert from 'node:assert/strict';
import fs from 'node:fs';
import { NormoscopeError } from '../../../../src/core/errors';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { elementCount } from '../../../../src/core/tensor/tensor';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

const seeds = ['little_f4', 'fortran', 'record_nested', 'version_3_names', 'record_titles'];
const mutations = 100;

/** Numbers from a seed (linear congruences): the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const fixture = (name: string) => fs.readFileSync(inProject('test', 'fixtures', 'npy', `${name}.npy`));

/** A source that fails the test when more is asked for than the file has: nobody may allocate by what a header claims. */
function bounded(bytes: Uint8Array): ByteSource {
  const source = memorySource('fuzz.npy', bytes);
  return {
    ...source,
    read(position, target, signal) {
      assert.ok(Number.isSafeInteger(position) && position >= 0, `position ${position}`);
      assert.ok(position + target.length <= bytes.length, `${target.length} bytes at ${position} of ${bytes.length}`);
      return source.read(position, target, signal);
    },
  };
}

/** Opens a file and reads every tensor of it; only our own sentences may come out. */
async function survives(bytes: Uint8Array): Promise<void> {
  try {
    const file = await openFile(bounded(bytes), defaultLimits);
    for (const [index, info] of file.catalog.tensors.entries()) {
      assert.ok(info.shape.every((size) => Number.isSafeInteger(size) && size >= 0));
      assert.ok(info.shape.length <= defaultLimits.rank || info.status !== 'readable');
      assert.equal(info.reason === null, info.status === 'readable');
      if (info.status !== 'readable') {
        assert.throws(() => file.tensor(index), NormoscopeError);
        continue;
      }
      assert.ok(elementCount(info.shape) <= bytes.length);
      for (const engine of engines()) await engine.moments(file.tensor(index), []);
    }
  } catch (error) {
    if (!(error instanceof NormoscopeError)) throw error;
    assert.notEqual(error.code, 'internal', error.message);
    assert.ok(error.message.length < 1000);
  }
}

describe('.npy files with faults', () => {
  for (const [index, name] of seeds.entries()) {
    it(`${name}: any bits of the header flipped`, async () => {
      const original = fixture(name);
      const next = seeded(index + 1);
      for (let round = 0; round < mutations; round++) {
        const bytes = Uint8Array.from(original);
        const flips = 1 + next(3);
        for (let flip = 0; flip < flips; flip++) {
          const at = next(Math.min(bytes.length, 200));
          bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8));
        }
        await survives(bytes);
      }
    });

    it(`${name}: any byte of the header written over by one that means something`, async () => {
      const original = fixture(name);
      const next = seeded(index + 100);
      const meaningful = "()[]{}'\",:<>=|-0123456789LOSUVfciu\\ \n\0\u00ff";
      for (let round = 0; round < mutations; round++) {
        const bytes = Uint8Array.from(original);
        bytes[8 + next(150)] = meaningful.charCodeAt(next(meaningful.length));
        await survives(bytes);
      }
    });

    it(`${name}: cut off at every byte of the header`, async () => {
      const original = fixture(name);
      for (let length = 0; length <= Math.min(original.length, 330); length++) await survives(original.subarray(0, length));
    });
  }

  it('with every length of the header that is odd', async () => {
    for (const name of ['version_2', 'version_3']) {
      for (const length of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
        const bytes = Uint8Array.from(fixture(name));
        new DataView(bytes.buffer).setUint32(8, length, true);
        await survives(bytes);
        await assert.rejects(openFile(bounded(bytes), defaultLimits), NormoscopeError);
      }
    }
    for (const length of [0, 1, 0xffff]) {
      const bytes = Uint8Array.from(fixture('little_f4'));
      new DataView(bytes.buffer).setUint16(8, length, true);
      await assert.rejects(openFile(bounded(bytes), defaultLimits), NormoscopeError);
    }
  });
});
