import type { Hdf5Library, Hdf5Metadata } from '../../tensor/hdf5Library';
import { isDamage, type Session } from './session';

/** Of one object. Keras has three to a model. */
const mostAttributes = 64;
const mostElements = 64;
/** Bytes of a text, cut off behind them: the configuration of a Keras model may have a million. */
const mostText = 64 * 1024;

/**
 * Numbers and texts that stand beside a group or dataset; of each one value, or the first 64. Others are left out.
 * @throws NormoscopeError `cancelled`; what cannot be read is left out
 */
export async function readAttributes(session: Session, path: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const found: [string, unknown][] = [];
  const subject = `The attributes of ${JSON.stringify(path)}`;
  try {
    const names = await session.call(subject, ({ library, file }) => library.get_attribute_names(file, path).slice(0, mostAttributes), signal);
    for (const name of names) {
      const value = await session.call(subject, ({ library, file }) => valueOf(library, file, path, name), signal);
      if (value !== undefined) found.push([name, value]);
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return Object.fromEntries(found);
}

function valueOf(library: Hdf5Library, file: bigint, path: string, name: string): unknown {
  const metadata = library.get_attribute_metadata(file, path, name);
  const { shape, size, total_size: count, type } = metadata;
  if (shape === null || count > mostElements || size * count > mostText * mostElements) return undefined;
  const decode = type === 3 ? textOf : type === 0 || type === 1 ? numberOf : null;
  if (decode === null) return undefined;
  const pointer = library._malloc(Math.max(1, size * count));
  library.HEAPU8.fill(0, pointer, pointer + size * count);
  if (library.get_attribute_data(file, path, name, BigInt(pointer)) < 0) return undefined;
  const bytes = library.HEAPU8.slice(pointer, pointer + size * count);
  library._free(pointer);
  const view = new DataView(bytes.buffer);
  const values = Array.from({ length: count }, (_, index) => decode(library, metadata, view, index * size));
  if (values.includes(undefined)) return undefined;
  return shape.length === 0 ? values[0] : values;
}

/** Texts of any length are pointers into the heap; they stay there until the instance goes. */
function textOf(library: Hdf5Library, { vlen, size }: Hdf5Metadata, view: DataView, at: number): string {
  if (vlen) {
    const pointer = view.getUint32(at, true);
    return pointer === 0 ? '' : library.UTF8ToString(pointer, mostText);
  }
  const bytes = new Uint8Array(view.buffer, at, Math.min(size, mostText));
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function numberOf(_: Hdf5Library, { type, size, signed }: Hdf5Metadata, view: DataView, at: number): number | undefined {
  if (type === 1) return size === 8 ? view.getFloat64(at, true) : size === 4 ? view.getFloat32(at, true) : undefined;
  if (size === 1) return signed ? view.getInt8(at) : view.getUint8(at);
  if (size === 2) return signed ? view.getInt16(at, true) : view.getUint16(at, true);
  if (size === 4) return signed ? view.getInt32(at, true) : view.getUint32(at, true);
  if (size === 8) return Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
  return undefined;
}
