import type { Hdf5Metadata } from '../../tensor/hdf5Library';
import type { DType } from '../../tensor/dtype';

/** What the elements of a dataset are. */
export type ElementType =
  | { readonly dtype: DType; /** As NumPy writes it: `>f2`. */ readonly stored: string; /** Bytes of one. */ readonly bytes: number; /** In the file. */ readonly littleEndian: boolean }
  | { readonly dtype: null; readonly stored: string; /** Completes "It holds …". */ readonly what: string };

const classes = {
  integer: 0,
  float: 1,
  time: 2,
  text: 3,
  bits: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enumeration: 8,
  sequence: 9,
  array: 10,
  complex: 11,
};

const listed: Readonly<Record<number, readonly [stored: string, what: string]>> = {
  [classes.time]: ['time', 'points in time'],
  [classes.text]: ['string', 'texts'],
  [classes.bits]: ['bitfield', 'bits'],
  [classes.opaque]: ['opaque', 'bytes of a type that HDF5 does not know'],
  [classes.compound]: ['compound', 'records of several fields'],
  [classes.reference]: ['reference', 'references to other objects'],
  [classes.enumeration]: ['enum', 'names by number (an enumeration)'],
  [classes.sequence]: ['vlen', 'lists of different lengths'],
  [classes.array]: ['array', 'an array in each element'],
  [classes.complex]: ['complex', "complex numbers of HDF5's own kind"],
};

/** Layouts of IEEE 754 and bfloat16, as a datatype message has them: sign, exponent's place and size, mantissa's, bias. */
const floats: readonly (readonly [dtype: DType, stored: string, bytes: number, layout: readonly number[]])[] = [
  ['float16', 'f2', 2, [15, 10, 5, 0, 10, 15]],
  ['bfloat16', 'bfloat16', 2, [15, 7, 8, 0, 7, 127]],
  ['float32', 'f4', 4, [31, 23, 8, 0, 23, 127]],
  ['float64', 'f8', 8, [63, 52, 11, 0, 52, 1023]],
];

/**
 * @param metadata what the library says, which leaves out the layout of numbers
 * @param message the datatype message of the object's header (HDF5 File Format Specification 3.0, IV.A.2.d); null: not found
 * @param said a dtype that stands beside the dataset, as Keras writes it for what HDF5 has no type for
 */
export function elementType(metadata: Hdf5Metadata, message: Uint8Array | null, said: string | null): ElementType {
  const { type, size, compound_type: compound, enum_type: names } = metadata;
  if (type === classes.integer || type === classes.float) return numbers(metadata, message);
  if (type === classes.enumeration && size === 1 && isBoolean(names?.members ?? {})) return { dtype: 'bool', stored: '|b1', bytes: 1, littleEndian: true };
  if (type === classes.opaque && size === 2 && said === 'bfloat16') return { dtype: 'bfloat16', stored: 'bfloat16', bytes: 2, littleEndian: true };
  if (type === classes.compound) {
    const [re, im] = compound?.members ?? [];
    const parts = re?.size ?? 0;
    const floating = re?.type === classes.float && im?.type === classes.float && compound?.members.length === 2;
    const named = /^(r|real)$/.test(re?.name ?? '') && /^(i|imag)$/.test(im?.name ?? '');
    const packed = re?.offset === 0 && im?.offset === parts && im.size === parts && size === 2 * parts;
    if (floating && named && packed && (parts === 4 || parts === 8) && re.littleEndian === im.littleEndian) {
      return { dtype: parts === 4 ? 'complex64' : 'complex128', stored: `${re.littleEndian ? '<' : '>'}c${size}`, bytes: size, littleEndian: re.littleEndian };
    }
  }
  const [stored, what] = listed[type] ?? ['unknown', 'elements of a type that is not known here'];
  return { dtype: null, stored, what };
}

function numbers({ type, size }: Hdf5Metadata, message: Uint8Array | null): ElementType {
  const kind = type === classes.integer ? 'integers' : 'floating-point numbers';
  const strange = (what: string): ElementType => ({ dtype: null, stored: `${size}-byte ${type === classes.integer ? 'integer' : 'float'}`, what });
  if (message === null || message.length < 12) return strange(`${kind} whose layout stands where it is not looked for`);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const bits = view.getUint8(1);
  if ((view.getUint8(0) & 15) !== type || view.getUint32(4, true) !== size) return strange(`${kind} that the file describes in two ways`);
  const order = (bits & 1) === 0 ? '<' : '>';
  const whole = view.getUint16(8, true) === 0 && view.getUint16(10, true) === 8 * size;
  if (type === classes.integer) {
    const bytes = ([1, 2, 4, 8] as const).find((width) => width === size);
    if (!whole || bytes === undefined) return strange(`integers of ${view.getUint16(10, true)} bits in ${size} bytes`);
    const signed = (bits & 8) !== 0;
    const width = (8 * bytes) as 8 | 16 | 32 | 64;
    return { dtype: signed ? `int${width}` : `uint${width}`, stored: `${bytes === 1 ? '|' : order}${signed ? 'i' : 'u'}${bytes}`, bytes, littleEndian: order === '<' };
  }
  if (message.length < 20) return strange(`${kind} whose layout is cut off`);
  const layout = [view.getUint8(2), ...message.subarray(12, 16), view.getUint32(16, true)];
  // Order of the VAX in bit 6; a mantissa without its leading one in bits 4 and 5.
  const plain = whole && (bits & 0x40) === 0 && (bits & 0x30) === 0x20;
  const found = floats.find(([, , bytes, known]) => bytes === size && known.every((value, index) => layout[index] === value));
  if (!plain || found === undefined) return strange(`floating-point numbers of ${size} bytes in a layout that is not read here`);
  const [dtype, stored, bytes] = found;
  return { dtype, stored: stored === 'bfloat16' ? stored : `${order}${stored}`, bytes, littleEndian: order === '<' };
}

/** As h5py writes NumPy's truth values. */
function isBoolean(members: Readonly<Record<string, number>>): boolean {
  return Object.keys(members).length === 2 && members['FALSE'] === 0 && members['TRUE'] === 1;
}
