import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { elementCount, type TensorData, type TensorInfo, type Warning } from '../../tensor/tensor';
import { formatBytes } from '../../text/numbers';
import { readAttributes } from './attributes';
import { fillOf, layoutOf } from './layout';
import { readObjectHeader } from './objectHeader';
import { isDamage, openSession, type Session } from './session';
import { chunksAtOnce, datasetData, slabsOf } from './slabs';
import { storedData } from './stored';
import { checkEnd, superblockAt } from './superblock';
import { elementType } from './types';
import { walk, type Found } from './walk';

export interface Hdf5Contents {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly Listed[];
  readonly warnings: readonly Warning[];
}

/** A dataset of the catalog, and how to get at it. */
export interface Listed {
  readonly info: TensorInfo;
  /** @throws NormoscopeError the reason of what is not readable */
  data(): TensorData;
}

/** Filters by their numbers, and by whom they are undone; others that are met come as plug-ins to the library. */
const filters: Readonly<Record<number, readonly [name: string, by: 'library' | 'here' | null]>> = {
  1: ['deflate', 'library'],
  2: ['shuffle', 'library'],
  3: ['Fletcher32', 'library'],
  4: ['SZIP', null],
  5: ['N-bit', 'library'],
  6: ['scale-offset', 'library'],
  32000: ['LZF', 'here'],
  32001: ['Blosc', null],
  32004: ['LZ4', null],
  32008: ['bitshuffle', null],
  32013: ['ZFP', null],
  32015: ['Zstandard', null],
  32026: ['Blosc2', null],
};

/** Deflate makes 258 bytes out of two bits at best. */
const mostInflation = 1032;
/** Of what small files may say that was never written. */
const neverWritten = 64 * 1024 * 1024;

/** Everything in an HDF5 file. @throws NormoscopeError as `Format.open` */
export async function readHdf5(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<Hdf5Contents> {
  const head = await readBytes(source, 0, Math.min(4096, source.size), signal);
  const base = superblockAt(head) ?? 0;
  checkEnd(source.name, source.size, head, base);
  const session = await openSession(source, limits, signal);
  const { found, warnings } = await walk(session, limits, signal);
  const metadata = await readAttributes(session, '/', signal);
  const tensors: Listed[] = [];
  for (const link of found) tensors.push(await listedOf(session, base, link, limits, signal));
  session.listed();
  return { metadata, tensors, warnings };
}

async function listedOf(session: Session, base: number, { path, failure }: Found, limits: Limits, signal: AbortSignal | undefined): Promise<Listed> {
  if (failure !== null) return failed(path, failure);
  try {
    return await dataset(session, base, path, limits, signal);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return failed(path, error);
  }
}

async function dataset(session: Session, base: number, path: string, limits: Limits, signal: AbortSignal | undefined): Promise<Listed> {
  const subject = `The dataset ${JSON.stringify(path)}`;
  const { metadata, used, header } = await session.call(
    subject,
    ({ library, file }) => {
      const described = library.get_dataset_metadata(file, path);
      const reference = Uint8Array.from(library.create_object_reference(file, path));
      return {
        metadata: described,
        used: described.chunks === null ? [] : library.get_dataset_filters(file, path),
        header: readObjectHeader(session.bytes, base, Number(new DataView(reference.buffer).getBigUint64(0, true))),
      };
    },
    signal,
  );
  const said = metadata.type === 5 ? await readAttributes(session, path, signal) : {};
  const type = elementType(metadata, header.datatype, typeof said['dtype'] === 'string' ? said['dtype'] : null);
  const shape = metadata.shape ?? [];
  const bytes = metadata.shape === null ? 0 : elementCount(shape) * metadata.size;
  const info = { name: path, dtype: type.dtype, storedDtype: type.stored, shape, bytes };
  const reason = reasonOf();
  if (reason !== null) return unreadable(info, reason);
  if (type.dtype === null) return unreadable(info, new NormoscopeError('unsupported', `${subject} holds ${type.what}, not numbers that are read here.`));
  const { dtype, littleEndian, bytes: width } = type;
  const slabs = (mostChunks: number) => slabsOf(shape, metadata.chunks, width, limits.slabBytes, mostChunks);
  const dataset = { path, shape, encoding: { dtype, littleEndian, stride: width, offset: 0 } };
  const here = stored();
  if (here === null && used.some(({ id }) => filters[id]?.[1] === 'here')) {
    return unreadable(info, new NormoscopeError('unsupported', `${subject} is compressed with LZF among other filters or in an index of chunks that is not read here; "h5repack -f GZIP=4" changes that.`));
  }
  // The library hands everything out in one order of bytes.
  const data = here ?? datasetData(session, { ...dataset, slabs: slabs(chunksAtOnce.library), encoding: { ...dataset.encoding, littleEndian: true } });
  return readable({ ...info, status: 'readable', reason: null }, data);

  /** By its own header, where that says the same as the library. */
  function stored(): TensorData | null {
    const layout = layoutOf(header, base);
    const fill = fillOf(header, width);
    const chunk = layout?.kind === 'chunked' ? layout.chunk : null;
    if (layout === null || fill === undefined || metadata.size !== width || chunk?.join() !== metadata.chunks?.join()) return null;
    return storedData(session, { ...dataset, slabs: slabs(chunksAtOnce.here), layout, fill, base }, limits.slabBytes);
  }

  function reasonOf(): NormoscopeError | null {
    const refused = (what: string) => new NormoscopeError('refused', `${subject} ${what}.`);
    const unsupported = (what: string) => new NormoscopeError('unsupported', `${subject} ${what}.`);
    const sources = metadata.virtual_sources ?? [];
    const other = sources.find(({ file_name }) => file_name !== '.')?.file_name;
    if (header.external) return refused('has its numbers in other files, and no file is read but this one');
    if (other !== undefined) return refused(`is put together from other files (${JSON.stringify(other.slice(0, 80))}), and no file is read but this one`);
    if (metadata.virtual_sources !== undefined) return unsupported('is put together from parts of others, which are listed themselves (a virtual dataset)');
    if (metadata.shape === null) return unsupported('has neither elements nor a shape');
    if (shape.length > limits.rank) return unsupported(`has ${shape.length} axes; at most ${limits.rank} are read`);
    if (![...shape, bytes, elementCount(shape)].every((size) => Number.isSafeInteger(size))) return refused('is said to be larger than any file');
    const strange = used.find(({ id }) => (filters[id]?.[1] ?? null) === null);
    if (strange !== undefined) {
      const name = filters[strange.id]?.[0] ?? (strange.name.slice(0, 40) || 'a filter');
      return unsupported(`is compressed with ${name} (filter ${strange.id}), which is not read here; "h5repack -f GZIP=4" changes that`);
    }
    const chunkBytes = elementCount(metadata.chunks ?? []) * metadata.size;
    if (used.length > 0 && chunkBytes > limits.slabBytes) {
      return unsupported(`is compressed in chunks of ${formatBytes(chunkBytes)}, and at most ${formatBytes(limits.slabBytes)} are unpacked at a time`);
    }
    if (bytes > Math.max(neverWritten, mostInflation * session.source.size)) {
      return refused(`is said to have ${formatBytes(bytes)}, most of which were never written to a file of ${formatBytes(session.source.size)}`);
    }
    return null;
  }
}

/** Holds nothing of what its dataset was found out by: there may be tens of thousands. */
function readable(info: TensorInfo, data: TensorData): Listed {
  return { info, data: () => data };
}

function unreadable(info: Omit<TensorInfo, 'status' | 'reason'>, error: NormoscopeError): Listed {
  const sound = (size: number) => Number.isSafeInteger(size) && size >= 0;
  const shown = info.shape.every(sound) ? info : { ...info, shape: [] };
  return {
    info: { ...shown, bytes: sound(info.bytes) ? info.bytes : 0, status: error.code === 'unsupported' ? 'unsupported' : 'refused', reason: error.message },
    data() {
      throw error;
    },
  };
}

function failed(path: string, error: NormoscopeError): Listed {
  return unreadable({ name: path, dtype: null, storedDtype: '', shape: [], bytes: 0 }, error);
}
