import fs from 'node:fs';
import type { File, Group } from 'h5wasm/node';
import { zipBytes } from './archives';
import { hdf5Bytes } from './hdf5';
import { inProject } from './root';

const MiB = 2 ** 20;

const times = (count: number, make: (index: number) => void) => Array.from({ length: count }, (_, index) => index).forEach(make);
/** Zeros in chunks of so many elements: deflated, a thousandth of their size. */
const zeros = (file: File, count: number, chunk: number, compression?: 'gzip') =>
  void file.create_dataset({ name: 'x', data: new Float32Array(count), shape: [count], chunks: [chunk], ...(compression && { compression }) });

export const hdf5Files: readonly (readonly [what: string, make: () => Promise<Uint8Array>])[] = [
  ['a chunk of 100 MiB', () => hdf5Bytes((file) => zeros(file, 25 * MiB, 25 * MiB, 'gzip'))],
  ['chunks of 20 MiB', () => hdf5Bytes((file) => zeros(file, 25 * MiB, 5 * MiB, 'gzip'))],
  ['chunks of one element', () => hdf5Bytes((file) => zeros(file, 50_000, 1))],
  ['chunks of one element, deflated', () => hdf5Bytes((file) => zeros(file, 20_000, 1, 'gzip'))],
  ['groups in groups', () => hdf5Bytes((file) => {
    let group: Group = file;
    times(100, () => (group = group.create_group('a')));
  })],
  ['groups side by side', () => hdf5Bytes((file) => times(10_000, (index) => file.create_group(String(index))))],
  ['names of one dataset', () => hdf5Bytes((file) => {
    file.create_dataset({ name: 'x', data: new Float32Array(1) });
    times(5000, (index) => file.create_hard_link('x', String(index)));
  })],
  ['names of one group', () => hdf5Bytes((file) => {
    const group = file.create_group('g');
    times(1000, (index) => group.create_group(String(index)));
    times(5000, (index) => file.create_soft_link('/g', `s${index}`));
  })],
  ['links in circles', () => hdf5Bytes((file) => times(5000, (index) => file.create_soft_link(`/${(index + 1) % 5000}`, String(index))))],
  ['long names', () => hdf5Bytes((file) => times(1000, (index) => file.create_group(`${index}${'n'.repeat(60_000)}`)))],
  ['attributes', () => hdf5Bytes((file) => times(2000, (index) => file.create_attribute(String(index), 'v'.repeat(5000))))],
];

export const kerasFiles: readonly (readonly [what: string, make: () => Uint8Array])[] = [
  ['a configuration of lists', () => model({ config: `{'a':[${'[],'.repeat(10 * MiB)}0]}` })],
  ['weights of 900 MiB', () => model({ behind: 900 * MiB })],
  ['weights of 60 MiB', () => model({ behind: 60 * MiB })],
];

/** As Keras writes it, with zeros behind its weights, deflated. */
function model({ config = '{}', behind = 0 }: { readonly config?: string; readonly behind?: number }): Uint8Array {
  const weights = fs.readFileSync(inProject('test', 'fixtures', 'hdf5', 'keras_2.h5'));
  return zipBytes([
    { name: 'metadata.json', data: Buffer.from('{}') },
    { name: 'config.json', data: Buffer.from(config), deflated: true },
    { name: 'model.weights.h5', data: Buffer.concat([weights, Buffer.alloc(behind)]), deflated: true },
  ]);
}
