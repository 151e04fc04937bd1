import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { memorySource } from '../../tensor/memorySource';
import { elementCount } from '../../tensor/tensor';
import { parseWord, type Scalar } from '../npyDescr';
import { fieldData } from '../npyFields';
import { calledName, isCallOf, isKind, itemsOf, type PickleObject, type PickleValue } from '../pickle/value';
import type { Found } from './rebuild';

/** An array as NumPy's own functions would rebuild it. */
interface WrittenArray {
  readonly shape: PickleValue | undefined;
  readonly dtype: PickleValue | undefined;
  readonly fortran: boolean;
  readonly data: PickleValue | undefined;
}

/**
 * The array, or the single number, that NumPy would rebuild; null when a value is none. Its bytes are in the pickle itself.
 * NumPy's functions are `_reconstruct` with a state (protocols to 4), `_frombuffer` (5) and `scalar`.
 */
export function numpyArray(value: PickleValue, limits: Limits): Found | null {
  const written = writtenArray(value);
  if (written === null) return null;
  const scalar = scalarOf(written.dtype);
  const shape = sizes(written.shape);
  const header = { dtype: scalar?.dtype ?? null, storedDtype: scalar?.word ?? '', shape: shape ?? [], bytes: 0 };
  const fail = (error: NormoscopeError): Found => {
    const status = error.code === 'unsupported' ? 'unsupported' : 'refused';
    return { info: { ...header, status, reason: error.message }, failure: error, data: null, parts: [] };
  };
  if (scalar === null) return fail(new NormoscopeError('unsupported', 'The elements of the array are of a type that is not known here.'));
  if (scalar.dtype === null) return fail(new NormoscopeError(scalar.status === 'refused' ? 'refused' : 'unsupported', scalar.reason ?? 'The elements are no numbers.'));
  const bytes = (shape ?? []).reduce((product, size) => product * size, scalar.bytes);
  if (shape === null || !Number.isSafeInteger(bytes)) return fail(new NormoscopeError('malformed', 'The array has sizes that are no whole numbers from 0 on, or too large.'));
  if (shape.length > limits.rank) return fail(new NormoscopeError('unsupported', `The array has ${shape.length} axes; at most ${limits.rank} are read.`));
  const present = dataLength(written.data);
  if (present === null || present < bytes) {
    return fail(new NormoscopeError('truncated', `The array takes ${bytes} bytes, and the pickle has ${present ?? 'none'} of it.`));
  }
  return {
    info: { ...header, bytes, status: 'readable', reason: null },
    failure: null,
    parts: [],
    data: () => {
      const source = memorySource('the pickle', dataBytes(written.data));
      return fieldData(source, { start: 0, shape, fortranOrder: written.fortran, itemBytes: scalar.bytes }, { ...scalar, name: '', offset: 0, inner: [] });
    },
  };
}

function writtenArray(value: PickleValue): WrittenArray | null {
  if (!isKind(value, 'object')) return null;
  const name = calledName(value)?.replace(/^numpy\._core\./, 'numpy.core.');
  if (name === 'numpy.core.multiarray._reconstruct') {
    const [, shape, dtype, fortran, data] = itemsOf(value.state) ?? [];
    return { shape, dtype, fortran: fortran === true, data };
  }
  if (name === 'numpy.core.numeric._frombuffer') {
    const [data, dtype, shape, order] = value.args;
    return { shape, dtype, fortran: order === 'F', data };
  }
  if (name === 'numpy.core.multiarray.scalar') {
    const [dtype, data] = value.args;
    return { shape: { kind: 'tuple', items: [] }, dtype, fortran: false, data };
  }
  return null;
}

/** `numpy.dtype('f4', False, True)` with a state `(3, '<', …)`. Records have names in it. */
function scalarOf(value: PickleValue | undefined): Scalar | null {
  if (!isCallOf(value, 'numpy.dtype')) return null;
  const { args, state }: PickleObject = value;
  const [, order, , names] = itemsOf(state) ?? [];
  const [word] = args;
  if (typeof word !== 'string' || (names !== null && names !== undefined)) return null;
  return parseWord(`${typeof order === 'string' && '<>|='.includes(order || 'none') ? order : ''}${word}`);
}

function sizes(value: PickleValue | undefined): number[] | null {
  const items = itemsOf(value);
  if (items === null || items.length > 64) return null;
  const numbers = items.filter((item): item is number => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0);
  return numbers.length === items.length && Number.isSafeInteger(elementCount(numbers)) ? numbers : null;
}

/** Older protocols have no bytes: they are written as a text of the characters 0 to 255. */
function textOf(value: PickleValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (!isCallOf(value, '_codecs.encode')) return null;
  const [text] = value.args;
  return typeof text === 'string' ? text : null;
}

function dataLength(value: PickleValue | undefined): number | null {
  return value instanceof Uint8Array ? value.length : (textOf(value)?.length ?? null);
}

function dataBytes(value: PickleValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = textOf(value) ?? '';
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 255) throw new NormoscopeError('malformed', `The bytes of the array are written as a text with the character ${code} in it.`);
    bytes[index] = code;
  }
  return bytes;
}
