import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import { elementCount, type Catalog, type TensorData, type TensorInfo, type Warning } from '../tensor/tensor';
import { formatCount } from '../text/numbers';
import type { Format, OpenFile } from './format';
import type { Field } from './npyDescr';
import { fieldData } from './npyFields';
import { npyMagic, readNpyHeader, type NpyHeader } from './npyHeader';

/**
 * NumPy's `.npy`: one array, or, where its items are records, one tensor per field. Versions 1 to 3, every numeric
 * type and byte order, C and Fortran order. Pickled arrays are refused.
 */
export const npy: Format = {
  id: 'npy',
  label: 'NumPy array',
  extensions: ['.npy'],
  sharedExtensions: [],
  probe: ({ head }) => (npyMagic.every((byte, index) => head[index] === byte) ? 'signature' : null),
  async open(source, limits, signal) {
    return openArray(source, await readNpyHeader(source, limits, signal), limits);
  },
};

/** An array whose header has been read, as a file of its own or as one of several in an archive. */
export function openArray(source: ByteSource, header: NpyHeader, limits: Limits): OpenFile {
  const { item, shape, dataStart, fortranOrder } = header;
  const failure = arrayFailure(source, header);
  const catalog: Catalog = {
    format: npy.id,
    metadata: fortranOrder ? { fortranOrder } : {},
    tensors: item.fields.map((field) => fieldInfo(field, header, failure, limits)),
    warnings: warningsOf(source, header, limits),
  };
  return {
    catalog,
    tensor(index): TensorData {
      const info = catalog.tensors[index];
      const field = item.fields[index];
      if (info === undefined || field === undefined) {
        throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      }
      if (info.status === 'readable') return fieldData(source, { start: dataStart, shape, fortranOrder, itemBytes: item.bytes }, field);
      if (info.status === 'refused' && failure !== null) throw failure;
      throw new NormoscopeError(info.status, info.reason ?? 'The tensor is not readable.');
    },
  };
}

/** Why nothing of the array can be read, whatever the fields are. */
function arrayFailure({ size }: ByteSource, { item, shape, dataStart }: NpyHeader): NormoscopeError | null {
  if (item.pickled) {
    const reason = item.fields.find(({ status }) => status === 'refused')?.reason ?? 'The elements are Python objects.';
    return new NormoscopeError('refused', reason, dataStart);
  }
  const expected = elementCount(shape) * item.bytes;
  const present = size - dataStart;
  if (present >= expected) return null;
  return new NormoscopeError(
    'truncated',
    `The array takes ${expected} bytes from byte ${dataStart} on, but only ${present} are there: the file ends at byte ${size}.`,
    size,
  );
}

function fieldInfo(field: Field, { shape, item }: NpyHeader, failure: NormoscopeError | null, limits: Limits): TensorInfo {
  const whole = [...shape, ...field.inner.map(({ size }) => size)];
  const { name, dtype, word: storedDtype } = field;
  const header = { name, dtype, storedDtype, shape: whole, bytes: elementCount(whole) * field.bytes };
  if (failure !== null && (item.pickled || field.status === 'readable')) return { ...header, status: 'refused', reason: failure.message };
  if (whole.length > limits.rank) {
    return { ...header, status: 'unsupported', reason: `The field has ${whole.length} axes with those of the array; at most ${limits.rank} are read.` };
  }
  return { ...header, status: field.status, reason: field.reason };
}

function warningsOf({ size }: ByteSource, { item, shape, dataStart }: NpyHeader, limits: Limits): Warning[] {
  const warnings: Warning[] = [];
  const trailing = size - dataStart - elementCount(shape) * item.bytes;
  if (!item.pickled && trailing > 0) {
    const message = `After the array's end at byte ${size - trailing} the file goes on for ${formatCount(trailing)} more bytes, which are not read.`;
    warnings.push({ code: 'trailing-bytes', message });
  }
  if (item.leftOut > 0) {
    const message = `The items have ${formatCount(item.leftOut)} more fields; the first ${formatCount(limits.fields)} are listed.`;
    warnings.push({ code: 'fields-left-out', message });
  }
  return warnings;
}
