import fs from 'node:fs';
import { formats } from '../../../../src/core/formats/registry';
import { mutated, seeded, survives } from '../../../support/fuzz';
import { inProject } from '../../../support/root';

/** Mutations of each format's fixtures; `npm run fuzz` makes many more. */
const mutations = Number(process.env['NORMOSCOPE_FUZZ'] ?? 500);
/** Larger fixtures have mostly data to mutate. */
const largestSeed = 16384;
/** Truncations of one file, at most; of a longer header, evenly spread ones. */
const truncations = 300;

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

    it(`${id}: its smallest fixtures, cut off anywhere`, async () => {
      const smallest = [...seeds].sort((a, b) => a.bytes.length - b.bytes.length).slice(0, 2);
      for (const { file, bytes } of smallest) {
        const step = Math.max(1, Math.floor(bytes.length / truncations));
        for (let length = 0; length < bytes.length; length += step) await survives(file, bytes.subarray(0, length));
      }
    });
  }
});
