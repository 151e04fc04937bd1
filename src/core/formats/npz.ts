import { NormoscopeError, throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { TensorData, TensorInfo, Warning } from '../tensor/tensor';
import { formatCount } from '../text/numbers';
import type { Format, OpenFile } from './format';
import { openArray } from './npy';
import { npyMagic, readNpyHeader } from './npyHeader';
import { beginsAsZip, readZipDirectory, type ZipDirectory, type ZipEntry } from './zip/directory';
import { entrySource } from './zip/entrySource';
import { Places } from './zip/places';

/** A tensor of the catalog, and how to get at it. */
interface Listed {
  readonly info: TensorInfo;
  data(): TensorData;
}

/**
 * NumPy's `.npz`: a zip archive of `.npy` files, stored (`np.savez`) or deflated (`np.savez_compressed`). The entry `x.npy`
 * is the tensor `x`; a field `f` of its records is `x/f`. What is wrong with one entry costs only that one.
 */
export const npz: Format = {
  id: 'npz',
  label: 'NumPy archive',
  extensions: ['.npz'],
  sharedExtensions: [],
  probe({ head, name, entries }) {
    if (!beginsAsZip(head)) return null;
    if (entries !== null && entries.length > 0) return isArchiveOfArrays(entries) ? 'signature' : null;
    return name.toLowerCase().endsWith('.npz') ? 'name' : null;
  },
  async open(source, limits, signal) {
    const directory = await readZipDirectory(source, limits, signal);
    const listed: Listed[] = [];
    const places = placesOfOne();
    const warnings: Warning[] = [];
    const seen = new Map<string, number>();
    for (const { name } of directory.entries) seen.set(name, (seen.get(name) ?? 0) + 1);
    for (const [index, entry] of directory.entries.entries()) {
      throwIfCancelled(signal);
      if (index >= mostEntries || listed.length >= limits.tensors) {
        const message = `The archive has ${formatCount(directory.entries.length - index)} more entries; ${formatCount(listed.length)} arrays are listed.`;
        warnings.splice(mostWarnings, Infinity, { code: 'tensors-left-out', message });
        break;
      }
      if (entry.name.endsWith('/') && entry.bytes === 0) continue;
      const found = (seen.get(entry.name) ?? 0) > 1 ? failed(entry, twice(entry)) : await arrayOf(source, directory, entry, limits, signal, warnings, places);
      listed.push(...found);
    }
    return openFileOf(listed, warnings);
  },
};

/** Where an entry can be unpacked from: of the one that was read last. */
function placesOfOne(): (entry: ZipEntry) => Places {
  let last: { readonly entry: ZipEntry; readonly places: Places } | null = null;
  return (entry) => {
    if (last?.entry !== entry) last = { entry, places: new Places(entry.bytes) };
    return last.places;
  };
}

/** Entries that are looked into, each by a read of its own. */
const mostEntries = 1 << 14;
/** Warnings of all arrays together, when there are so many. */
const mostWarnings = 64;

/** A PyTorch or Keras file with an array in it is still that. */
function isArchiveOfArrays(entries: readonly string[]): boolean {
  return entries.some((name) => name.endsWith('.npy')) && !entries.some((name) => /(^|\/)(data\.pkl|config\.json)$/.test(name));
}

function openFileOf(listed: readonly Listed[], warnings: readonly Warning[]): OpenFile {
  return {
    catalog: { format: npz.id, metadata: {}, tensors: listed.map(({ info }) => info), warnings },
    tensor(index): TensorData {
      const found = listed[index];
      if (found === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      return found.data();
    },
  };
}

async function arrayOf(
  source: ByteSource,
  directory: ZipDirectory,
  entry: ZipEntry,
  limits: Limits,
  signal: AbortSignal | undefined,
  warnings: Warning[],
  placesOf: (entry: ZipEntry) => Places,
): Promise<Listed[]> {
  const name = tensorName(entry.name);
  try {
    const first = entrySource(source, directory, entry, { checked: true });
    // Of a deflated entry a new one each time: what it keeps of its bytes goes with whoever read them.
    const again = () => (entry.method === 0 ? first : entrySource(source, directory, entry, { checked: true, places: placesOf(entry) }));
    const head = new Uint8Array(Math.min(npyMagic.length, first.size));
    await first.read(0, head, signal);
    if (!npyMagic.every((byte, index) => head[index] === byte)) {
      throw new NormoscopeError('unsupported', `The entry ${JSON.stringify(entry.name)} is not a NumPy array.`);
    }
    const header = await readNpyHeader(first, limits, signal);
    const { catalog, tensor } = openArray(first, header, limits);
    for (const { code, message } of catalog.warnings) warnings.push({ code, message: `In ${entry.name}: ${message}` });
    return catalog.tensors.map((info, index) => ({
      info: { ...info, name: info.name === '' ? name : `${name}/${info.name}` },
      data: () => (info.status === 'readable' ? openArray(again(), header, limits).tensor(index) : tensor(index)),
    }));
  } catch (error) {
    if (!(error instanceof NormoscopeError) || error.code === 'cancelled' || error.code === 'io') throw error;
    return failed(entry, error);
  }
}

function failed(entry: ZipEntry, error: NormoscopeError): Listed[] {
  const status = error.code === 'unsupported' ? 'unsupported' : 'refused';
  const info: TensorInfo = { name: tensorName(entry.name), dtype: null, storedDtype: '', shape: [], bytes: 0, status, reason: error.message };
  return [
    {
      info,
      data() {
        throw error;
      },
    },
  ];
}

function twice({ name, headerAt }: ZipEntry): NormoscopeError {
  return new NormoscopeError('refused', `The archive has more than one entry ${JSON.stringify(name)}, and programs differ in which they read.`, headerAt);
}

function tensorName(entryName: string): string {
  return entryName.endsWith('.npy') ? entryName.slice(0, -'.npy'.length) : entryName;
}
