import assert from 'node:assert/strict';
import fs from 'node:fs';
import { readSlice, type Slice, type SliceRequest } from '../../../../src/core/analysis/slice';
import type { OpenFile } from '../../../../src/core/formats/format';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import { openTensorFile } from '../../../../src/core/normoscope';
import { dtypeKind } from '../../../../src/core/tensor/dtype';
import { elementCount, type TensorData } from '../../../../src/core/tensor/tensor';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { failure } from '../../../support/errors';
import { inProject } from '../../../support/root';
import { engines, rawTensor, tensorOf } from '../../../support/tensors';

type Cut = SliceRequest & { readonly file: string; readonly elements: readonly unknown[] };

const cuts = JSON.parse(fs.readFileSync(inProject('test', 'fixtures', 'slices', 'truth.json'), 'utf8')) as Cut[];

/** The window's elements as the fixtures write them. */
function written({ values, integers, imaginary }: Slice, isWhole: boolean): unknown[] {
  if (integers !== undefined) return Array.from(integers, String);
  const plain = (value: number) => (isWhole ? String(value) : Number.isFinite(value) ? value : String(value));
  return Array.from(values, (value, place) => (imaginary === undefined ? plain(value) : [plain(value), plain(imaginary[place] ?? NaN)]));
}

function fileOf(data: TensorData): OpenFile {
  const { shape, encoding } = data;
  const info = { name: 'x', dtype: encoding.dtype, storedDtype: '', shape, bytes: 0, status: 'readable', reason: null } as const;
  return { catalog: { format: 'npy', metadata: {}, tensors: [info], warnings: [] }, tensor: () => data };
}

const [reference, wasm] = engines();

function sliceOf(data: TensorData, request: SliceRequest, limits: Partial<Limits> = {}, engine = wasm): Promise<Slice> {
  assert.ok(engine);
  return readSlice(fileOf(data), engine, 0, request, { ...defaultLimits, ...limits }, undefined);
}

/** A tensor that counts its reads and their bytes. */
function watched(data: TensorData) {
  const reads: number[] = [];
  const read: TensorData['read'] = (first, target, signal) => {
    reads.push(target.length);
    return data.read(first, target, signal);
  };
  return { data: { ...data, read }, reads };
}

describe('slices', () => {
  for (const name of new Set(cuts.map(({ file }) => file))) {
    it(`of ${name} hold what NumPy finds there, by both engines`, async () => {
      const source = await openFileSource(inProject('test', 'fixtures', 'npy', `${name}.npy`));
      try {
        const file = await openTensorFile(source);
        for (const { file: of, elements, ...request } of cuts.filter((cut) => cut.file === name)) {
          for (const engine of engines()) {
            const slice = await file.slice(engine, 0, request);
            const dtype = file.catalog.tensors[0]?.dtype ?? 'float32';
            assert.deepEqual([slice.rows, slice.columns], [request.rows[1], request.columns[1]]);
            assert.deepEqual(written(slice, dtypeKind(dtype) === 'bool' || dtypeKind(dtype) === 'integer'), elements, JSON.stringify({ of, ...request }));
          }
        }
      } finally {
        await source.close();
      }
    });
  }

  it('of packed types begin and end inside of items', async () => {
    const blocks = Uint8Array.from({ length: 34 * 24 }, (_, index) => (index % 34 < 2 ? [0x00, 0x3c][index % 34] ?? 0 : (index * 37) % 256));
    const nibbles = Uint8Array.from({ length: 105 }, (_, index) => (index * 91) % 256);
    const tensors = [
      rawTensor(blocks, [3, 4, 64], { dtype: 'q8_0', littleEndian: true, stride: 34, offset: 0 }),
      rawTensor(nibbles, [2, 7, 15], { dtype: 'int4', littleEndian: true, stride: 1, offset: 0 }),
      rawTensor(nibbles, [14, 15], { dtype: 'uint4', littleEndian: true, stride: 1, offset: 0 }, [1, 0]),
    ];
    for (const data of tensors) {
      const { shape } = data;
      const last = shape.length - 1;
      const request: SliceRequest = { fixed: shape.map(() => 1), rowAxis: last, columnAxis: 0, rows: [5, 9], columns: [1, 1] };
      for (const engine of engines()) {
        const all = await engine.elements(data, 0, elementCount(shape));
        const { values } = await sliceOf(data, request, {}, engine);
        const at = (row: number) => all[shape.length === 2 ? (shape[1] ?? 0) + row : ((shape[1] ?? 0) + 1) * (shape[2] ?? 0) + row];
        assert.deepEqual([...values], Array.from({ length: 9 }, (_, row) => at(5 + row)));
      }
    }
  });

  it('are read at once where elements lie side by side or nearly so, and apart where they do not', async () => {
    const wide = watched(rawTensor(new Uint8Array(4 * 8192 * 64), [64, 8192], { dtype: 'float32', littleEndian: true, stride: 4, offset: 0 }));
    await sliceOf(wide.data, { fixed: [0, 0], rowAxis: 0, columnAxis: 1, rows: [0, 8], columns: [100, 32] });
    assert.deepEqual(wide.reads, Array.from({ length: 8 }, () => 128));
    const narrow = watched(rawTensor(new Uint8Array(4 * 64 * 64), [64, 64], { dtype: 'float32', littleEndian: true, stride: 4, offset: 0 }));
    await sliceOf(narrow.data, { fixed: [0, 3], rowAxis: 0, columnAxis: null, rows: [0, 64], columns: [0, 1] });
    assert.deepEqual(narrow.reads, [63 * 64 * 4 + 4]);
  });

  it('are refused where they would take too much, in a sentence', async () => {
    const data = tensorOf(new Float32Array(64 * 64), [64, 64], { dtype: 'float32' });
    const whole: SliceRequest = { fixed: [0, 0], rowAxis: 0, columnAxis: 1, rows: [0, 64], columns: [0, 64] };
    await assert.rejects(sliceOf(data, whole, { sliceElements: 100 }), failure('too-large', /4\u202f096 elements; at most 100 elements are read at once/));
    await assert.rejects(sliceOf(data, whole, { sliceBytes: 1000 }), failure('too-large', /lie among 16\u202fKiB of the file; at most 1\u202f000\u202fB/));
  });

  it('are refused beyond the tensor, in a sentence', async () => {
    const data = tensorOf(new Float32Array(6), [2, 3], { dtype: 'float32' });
    const cut: SliceRequest = { fixed: [0, 0], rowAxis: 0, columnAxis: 1, rows: [0, 2], columns: [0, 3] };
    const wrong: [Partial<SliceRequest>, RegExp][] = [
      [{ rows: [1, 2] }, /Axis 0 has 2 elements; 2 from index 1 on were asked for/],
      [{ columns: [-1, 1] }, /Axis 1 has 3 elements; index -1 was asked for/],
      [{ columnAxis: null, columns: [0, 1], fixed: [0, 3] }, /Axis 1 has 3 elements; index 3 was/],
      [{ columnAxis: 0 }, /both down and along/],
      [{ columnAxis: 2 }, /axis 2; the shape \(2, 3\) has 2 axes/],
      [{ rowAxis: null }, /no axis that goes down/],
      [{ fixed: [0] }, /1 index; one for each axis/],
    ];
    for (const [part, message] of wrong) await assert.rejects(sliceOf(data, { ...cut, ...part }), failure('usage', message));
  });

  it('stop when nobody wants them any more', async () => {
    const data = tensorOf(new Float32Array(6), [2, 3], { dtype: 'float32' });
    assert.ok(reference);
    const request: SliceRequest = { fixed: [0, 0], rowAxis: 0, columnAxis: 1, rows: [0, 2], columns: [0, 3] };
    await assert.rejects(readSlice(fileOf(data), reference, 0, request, defaultLimits, AbortSignal.abort()), failure('cancelled'));
  });
});
