import assert from 'node:assert/strict';
import fs from 'node:fs';
import { NormoscopeError } from '../../../../src/core/errors';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { bounded, seeded, survives } from '../../../support/fuzz';
import { inProject } from '../../../support/root';

const seeds = ['little_f4', 'fortran', 'record_nested', 'version_3_names', 'record_titles'];
const mutations = 100;

const fixture = (name: string) => fs.readFileSync(inProject('test', 'fixtures', 'npy', `${name}.npy`));

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
        await survives('fuzz.npy', bytes);
      }
    });

    it(`${name}: any byte of the header written over by one that means something`, async () => {
      const original = fixture(name);
      const next = seeded(index + 100);
      const meaningful = "()[]{}'\",:<>=|-0123456789LOSUVfciu\\ \n\0\u00ff";
      for (let round = 0; round < mutations; round++) {
        const bytes = Uint8Array.from(original);
        bytes[8 + next(150)] = meaningful.charCodeAt(next(meaningful.length));
        await survives('fuzz.npy', bytes);
      }
    });

    it(`${name}: cut off at every byte of the header`, async () => {
      const original = fixture(name);
      for (let length = 0; length <= Math.min(original.length, 330); length++) await survives('fuzz.npy', original.subarray(0, length));
    });
  }

  it('with every length of the header that is odd', async () => {
    for (const name of ['version_2', 'version_3']) {
      for (const length of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
        const bytes = Uint8Array.from(fixture(name));
        new DataView(bytes.buffer).setUint32(8, length, true);
        await survives('fuzz.npy', bytes);
        await assert.rejects(openFile(bounded('fuzz.npy', bytes), defaultLimits), NormoscopeError);
      }
    }
    for (const length of [0, 1, 0xffff]) {
      const bytes = Uint8Array.from(fixture('little_f4'));
      new DataView(bytes.buffer).setUint16(8, length, true);
      await assert.rejects(openFile(bounded('fuzz.npy', bytes), defaultLimits), NormoscopeError);
    }
  });
});
