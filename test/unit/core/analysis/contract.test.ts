import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { inspectDocument, type Inspected } from '../../../../src/core/analysis/json';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import type { Engine } from '../../../../src/core/engine/engine';
import { toErrorData } from '../../../../src/core/errors';
import { formats } from '../../../../src/core/formats/registry';
import { openTensorFile } from '../../../../src/core/normoscope';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { withHdf5 } from '../../../support/hdf5';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

interface Tensor extends Record<string, unknown> {
  readonly dtype: string | null;
  readonly shape: readonly number[];
  readonly status: string;
  readonly reason: string | null;
  readonly statistics: Record<string, unknown> | null;
  readonly first: readonly unknown[];
  readonly last: readonly unknown[];
}

/** NumPy's and PyTorch's names, and GGUF's blocks. */
const dtypes = /^(bool|u?int(4|8|16|32|64)|b?float16|float(32|64)|float8_e(4m3fn(uz)?|5m2(fnuz)?)|complex(64|128)|(q|iq|tq)\d\w*|mxfp4|nvfp4)$/;
const statisticsNames = ['count', 'nan', 'posInf', 'negInf', 'zeros', 'mean', 'variance', 'varianceUnbiased', 'std', 'min', 'max', 'absMax', 'skewness', 'excessKurtosis', 'exact'];

const [, engine] = engines();

/** Programs depend on it: nothing that it has may be missing, of any file. */
describe('the document of a file', () => {
  for (const { id } of formats) {
    it(`has what is promised, of every ${id} fixture`, async () => {
      const folder = inProject('test', 'fixtures', id);
      const files = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && !/\.(py|mjs|md)$|^truth\.json$/.test(entry.name));
      assert.ok(files.length > 0);
      for (const { name } of files) checkDocument(name, fs.statSync(path.join(folder, name)).size, await documentOf(path.join(folder, name)));
    });
  }
});

async function documentOf(file: string): Promise<Record<string, unknown> | null> {
  const source = withHdf5(await openFileSource(file));
  try {
    const opened = await openTensorFile(source);
    const tensors = [];
    for (const [index, info] of opened.catalog.tensors.entries()) {
      const contents: Promise<Inspected> = opened.inspect(engine as Engine, index).then((found) => ({ contents: found }));
      tensors.push({ info, inspected: info.status === 'unsupported' ? null : await contents.catch((error: unknown) => ({ error: toErrorData(error) })) });
    }
    return JSON.parse(jsonText(inspectDocument(source.name, opened.catalog, source.size, tensors, []))) as Record<string, unknown>;
  } catch (error) {
    const { code, message } = toErrorData(error);
    assert.notEqual(code, 'internal', message);
    assert.match(message, /[.!?]$/, source.name);
    return null;
  } finally {
    await source.close();
  }
}

function checkDocument(name: string, bytes: number, document: Record<string, unknown> | null): void {
  if (document === null) return;
  const { tensors, warnings, ...rest } = document as { tensors: Tensor[]; warnings: { code?: string; message?: string }[] } & Record<string, unknown>;
  assert.deepEqual(lacking(rest, ['file', 'format', 'bytes', 'metadata']), [], name);
  assert.equal(rest['bytes'], bytes, name);
  for (const { code, message } of warnings) assert.ok(code && message, `${name}: a warning`);
  for (const tensor of tensors) checkTensor(`${name}: ${String(tensor['name'])}`, tensor);
}

function checkTensor(where: string, tensor: Tensor): void {
  assert.deepEqual(lacking(tensor, ['name', 'dtype', 'storedDtype', 'shape', 'bytes', 'status', 'reason', 'statistics', 'first', 'last']), [], where);
  const { dtype, shape, status, reason, statistics, first, last } = tensor;
  assert.ok(dtype === null || dtypes.test(dtype), `${where}: ${dtype}`);
  assert.ok(['readable', 'unsupported', 'refused'].includes(status), `${where}: ${status}`);
  assert.equal(reason === null, status === 'readable', where);
  if (status !== 'readable') return;
  assert.deepEqual(lacking(statistics ?? {}, statisticsNames), [], where);
  if (dtype?.startsWith('complex')) assert.deepEqual(lacking((tensor['statisticsImaginary'] ?? {}) as object, statisticsNames), [], where);
  const elements = shape.reduce((all, size) => all * size, 1);
  assert.deepEqual([first.length, last.length], [Math.min(8, elements), Math.min(8, elements)], where);
  const counted = ['count', 'nan', 'posInf', 'negInf'].reduce((sum, column) => sum + Number(statistics?.[column]), 0);
  assert.equal(counted, elements, where);
}

function lacking(object: object, names: readonly string[]): string[] {
  return names.filter((name) => !(name in object));
}
