import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import { readBytes, type ByteSource } from '../tensor/byteSource';
import { memorySource } from '../tensor/memorySource';
import { formatBytes } from '../text/numbers';
import { Allowance } from './allowance';
import type { Format } from './format';
import { openFileOf } from './hdf5';
import { readHdf5 } from './hdf5/contents';
import { parseJson } from './json/parse';
import { readZipDirectory, type ZipDirectory, type ZipEntry } from './zip/directory';
import { entrySource, storedSource } from './zip/entrySource';

const weightsName = 'model.weights.h5';
/** Layers of one model, models in it included. */
const mostLayers = 4096;

interface Layer {
  readonly name: string;
  readonly class: string;
}

/**
 * What Keras 3 saves: a zip archive of the model's configuration and an HDF5 file of its weights, which are named by place
 * (`layers/dense/vars/0`). The names of the layers are those of the metadata.
 */
export const keras: Format = {
  id: 'keras',
  label: 'Keras model',
  extensions: ['.keras'],
  sharedExtensions: [],
  probe: ({ entries }) => (entries !== null && entries.includes('config.json') && entries.includes(weightsName) ? 'signature' : null),
  async open(source, limits, signal) {
    const directory = await readZipDirectory(source, limits, signal);
    const weights = await weightsSource(source, directory, entryNamed(directory, source, weightsName), limits, signal);
    const contents = await readHdf5(weights, limits, signal);
    const about = await jsonOf(source, directory, 'metadata.json', limits, signal);
    const layers = layersOf(await jsonOf(source, directory, 'config.json', limits, signal));
    return openFileOf(keras.id, contents, { ...textsOf(about), ...(layers.length === 0 ? {} : { layers }) });
  },
};

function entryNamed({ entries }: ZipDirectory, source: ByteSource, name: string): ZipEntry {
  const found = entries.filter((entry) => entry.name === name);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  throw new NormoscopeError('refused', `${source.name} has ${found.length} entries ${JSON.stringify(name)}; a Keras model has one.`);
}

/** Stored, as Keras writes it, it is read in place; what was packed again is unpacked whole. */
async function weightsSource(source: ByteSource, directory: ZipDirectory, entry: ZipEntry, limits: Limits, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (entry.method === 0 && entry.failure === null) return storedSource(source, directory, entry, signal);
  if (entry.bytes > limits.unpackedBytes) {
    const most = formatBytes(limits.unpackedBytes);
    const message = `The weights in ${source.name} are compressed, and have ${formatBytes(entry.bytes)}; at most ${most} are unpacked. Keras stores them as they are.`;
    throw new NormoscopeError('too-large', message, entry.headerAt);
  }
  const packed = entrySource(source, directory, entry, { checked: true });
  const bytes = await readBytes(packed, 0, packed.size, signal);
  return { ...memorySource(packed.name, bytes, packed.identity), ...(source.hdf5 === undefined ? {} : { hdf5: source.hdf5 }) };
}

/** Null where it is not there, or is none: the weights can be read without it. */
async function jsonOf(source: ByteSource, directory: ZipDirectory, name: string, limits: Limits, signal: AbortSignal | undefined): Promise<unknown> {
  const entry = directory.entries.find((candidate) => candidate.name === name);
  if (entry === undefined || entry.bytes > limits.headerBytes) return null;
  try {
    const bytes = await readBytes(entrySource(source, directory, entry, { checked: true }), 0, entry.bytes, signal);
    return parseJson(new TextDecoder().decode(bytes), new Allowance(name));
  } catch (error) {
    if (error instanceof NormoscopeError && error.code !== 'cancelled' && error.code !== 'io') return null;
    throw error;
  }
}

/** `keras_version` and `date_saved`, as far as they are sensible. */
function textsOf(about: unknown): Record<string, string> {
  const texts = Object.entries(isObject(about) ? about : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].length <= 256);
  return Object.fromEntries(texts.slice(0, 16));
}

/** In order, each with the class that it is of; those of models in the model behind it. */
function layersOf(config: unknown): Layer[] {
  const found: Layer[] = [];
  for (const queue: unknown[] = [config]; queue.length > 0 && found.length < mostLayers; ) {
    const model = queue.shift();
    const inside = isObject(model) && isObject(model['config']) ? model['config']['layers'] : null;
    for (const layer of Array.isArray(inside) ? (inside as unknown[]).slice(0, mostLayers) : []) {
      if (!isObject(layer) || !isObject(layer['config'])) continue;
      const { class_name: kind } = layer;
      const { name } = layer['config'];
      if (typeof kind === 'string' && typeof name === 'string') found.push({ name: name.slice(0, 256), class: kind.slice(0, 256) });
      if (Array.isArray(layer['config']['layers'])) queue.push(layer);
    }
  }
  return found.slice(0, mostLayers);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
