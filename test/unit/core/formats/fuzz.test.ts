import fs from 'node:fs';
import { formats } from '../../../../src/core/formats/registry';
import { claiming, mutated, seeded, survives } from '../../../support/fuzz';
import { inProject } from '../../../support/root';

/** Mutations of each format's fixtures; `npm run fuzz` makes many more. */
const mutations = Number(process.env['NORMOSCOPE_FUZZ'] ?? 500);
/** Larger fixtures have mostly data to mutate. */
const largestSeed = 16384;
/** Lengths that one file is cut off to: all up to this, where headers lie, and as many beyond it. */
const truncations = process.env['NORMOSCOPE_FUZZ'] === undefined ? 300 : Infinity;
/** Files with a length field written over, of each of two fixtures. The HDF5 library takes thirty times as long for each. */
const claimed = process.env['NORMOSCOPE_FUZZ'] === undefined ? { usual: 1000, hdf5: 80 } : { usual: 30_000, hdf5: 10_000 };
const slow = ['hdf5', 'keras'];

describe('files with faults', function () {
  this.timeout(0);
  for (const { id, extensions, sharedExtensions } of formats) {
    const folder = inProject('test', 'fixtures', id);
    const seeds = fs
      .readdirSync(folder)
      .filter((file) => [...extensions, ...sharedExtensions].some((ending) => file.endsWith(ending)) && file !== 'truth.json')
      .map((file) => ({ file, bytes: fs.readFileSync(`${folder}/${file}`) }))
      .filter(({ bytes }) => bytes.length > 0 && bytes.length <= largestSeed);

    it(`${id}: ${mutations} mutations of its fixtures end in a sentence, soon`, async () => {
      const next = seeded(1);
      for (let round = 0; round < mutations; round++) {
        const { file, bytes } = seeds[round % seeds.length] as (typeof seeds)[number];
        await survives(file, mutated(bytes, next));
      }
    });

    const truths = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Record<string, { readonly tensors?: readonly { readonly status?: string }[] }>;
    const smallest = seeds
      .filter(({ file }) => truths[file]?.tensors?.some(({ status }) => status === undefined))
      .sort((a, b) => a.bytes.length - b.bytes.length)
      .slice(0, 2);

    it(`${id}: its smallest fixtures, cut off anywhere`, async () => {
      for (const { file, bytes } of smallest) {
        const step = Math.max(1, Math.floor((bytes.length - truncations) / truncations));
        for (let length = 0; length < bytes.length; length += length < truncations ? 1 : step) await survives(file, bytes.subarray(0, length));
      }
    });

    it(`${id}: its smallest fixtures, with every length of another size`, async () => {
      for (const { file, bytes } of smallest) for (const changed of claiming(bytes, slow.includes(id) ? claimed.hdf5 : claimed.usual)) await survives(file, changed);
    });
  }
});
