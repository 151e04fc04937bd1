import assert from 'node:assert/strict';
import fs from 'node:fs';
import { jsonText } from '../../../../src/core/analysis/jsonText';
import type { Statistics } from '../../../../src/core/analysis/report';
import { means, variances } from '../../../../src/core/analysis/statistics';
import { formats, openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { openTensorFile } from '../../../../src/core/normoscope';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { complexPart } from '../../../../src/core/tensor/complex';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { failure } from '../../../support/errors';
import { withHdf5 } from '../../../support/hdf5';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

/** What the format's own library found in a tensor; written by `make.py` beside the files. */
interface TensorTruth {
  readonly name: string;
  /** Absent: readable. */
  readonly status?: 'unsupported' | 'refused';
  readonly reason?: string;
  readonly code?: string;
  readonly dtype?: string;
  readonly storedDtype?: string;
  readonly shape?: readonly number[];
  readonly bytes?: number;
  readonly statistics?: StatisticsTruth;
  readonly statisticsImaginary?: StatisticsTruth;
  readonly first?: readonly unknown[];
  readonly last?: readonly unknown[];
  /** By the reduced axes, `0,2`: one number per group. */
  readonly groups?: Readonly<Record<string, { readonly mean: readonly (number | null)[]; readonly variance: readonly (number | null)[] }>>;
}

type StatisticsTruth = Pick<Statistics, 'count' | 'nan' | 'posInf' | 'negInf' | 'zeros' | 'mean' | 'variance' | 'min' | 'max'>;

interface FileTruth {
  readonly tensors?: readonly TensorTruth[];
  readonly warnings?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** By file name, or, of a file in a folder of its own (shards, external data), by its path there. */
type Truths = Readonly<Record<string, FileTruth>>;

/** Small, so that every tensor is read in several chunks. */
const limits = { ...defaultLimits, chunkBytes: 64 };

for (const { id, extensions, sharedExtensions } of formats) {
  const folder = inProject('test', 'fixtures', id);
  const endings = [...extensions, ...sharedExtensions];
  const files = fs.readdirSync(folder).filter((file) => endings.some((ending) => file.endsWith(ending)) && file !== 'truth.json');
  const truths = JSON.parse(fs.readFileSync(`${folder}/truth.json`, 'utf8')) as Truths;

  describe(`${id} fixtures`, () => {
    it('all have a truth beside them, and every truth a file', () => {
      assert.deepEqual(files.filter((file) => truths[file] === undefined), []);
      assert.deepEqual(Object.keys(truths).filter((file) => !fs.existsSync(`${folder}/${file}`)), []);
    });

    for (const [file, truth] of Object.entries(truths)) {
      it(`${file} is read as its own library reads it`, async () => {
        const source = withHdf5(await openFileSource(`${folder}/${file}`));
        try {
          await checkFile(source, truth, id);
        } finally {
          await source.close();
        }
      });
    }
  });
}

async function checkFile(source: ByteSource, expected: FileTruth, format: string): Promise<void> {
  if (expected.error !== undefined) {
    await assert.rejects(openTensorFile(source), failure(expected.error.code, new RegExp(expected.error.message)));
    return;
  }
  const file = await openFile(source, limits);
  assert.equal(file.catalog.format, format);
  const tensors = expected.tensors ?? [];
  assert.deepEqual(file.catalog.tensors.map((tensor) => tensor.name), tensors.map((tensor) => tensor.name));
  assert.deepEqual(file.catalog.warnings.map(({ code }) => code), expected.warnings ?? []);
  for (const [index, tensor] of tensors.entries()) {
    const { dtype, storedDtype, shape, bytes, status, reason } = file.catalog.tensors[index] ?? assert.fail();
    if (tensor.status !== undefined) {
      assert.equal(status, tensor.status);
      assert.match(reason ?? '', new RegExp(tensor.reason ?? ''));
      assert.throws(() => file.tensor(index), failure(tensor.code ?? tensor.status, new RegExp(tensor.reason ?? '')));
      continue;
    }
    assert.deepEqual(
      { dtype, storedDtype, shape, bytes, status, reason },
      { dtype: tensor.dtype, storedDtype: tensor.storedDtype, shape: tensor.shape, bytes: tensor.bytes, status: 'readable', reason: null },
    );
    await checkContents(source, index, tensor);
    await checkGroups(source, index, tensor);
  }
}

async function checkContents(source: ByteSource, index: number, expected: TensorTruth): Promise<void> {
  const file = await openTensorFile(source, limits);
  for (const engine of engines(limits)) {
    const contents = await file.inspect(engine, index);
    checkStatistics(contents.statistics, expected.statistics);
    assert.equal(contents.statisticsImaginary === undefined, expected.statisticsImaginary === undefined);
    if (contents.statisticsImaginary !== undefined) checkStatistics(contents.statisticsImaginary, expected.statisticsImaginary);
    const written = JSON.parse(jsonText(contents)) as { first: unknown; last: unknown };
    assert.deepEqual({ first: written.first, last: written.last }, { first: expected.first, last: expected.last });
  }
}

function checkStatistics(found: Statistics, expected: StatisticsTruth | undefined): void {
  assert.ok(expected);
  const { count, nan, posInf, negInf, zeros, min, max } = found;
  const { mean, variance, ...exact } = expected;
  // As written: of two zeros, the sign is not.
  assert.deepEqual(JSON.parse(jsonText({ count, nan, posInf, negInf, zeros, min, max })), exact);
  close(found.mean, mean, Math.sqrt(variance ?? 0));
  close(found.variance, variance, 0);
}

async function checkGroups(source: ByteSource, index: number, { groups = {} }: TensorTruth): Promise<void> {
  const stored = (await openFile(source, limits)).tensor(index);
  const data = stored.encoding.dtype.startsWith('complex') ? complexPart(stored, 'real') : stored;
  const expected = Object.entries(groups);
  const groupings = expected.map(([reduced]) => ({ kept: data.shape.map((_, axis) => !reduced.split(',').includes(String(axis))) }));
  for (const engine of engines(limits)) {
    const { tables } = await engine.moments(data, groupings);
    for (const [place, [, { mean, variance }]] of expected.entries()) {
      const table = tables[place] ?? assert.fail();
      assert.equal(table.size, mean.length);
      [...means(table)].forEach((value, group) => close(value, mean[group], Math.sqrt(variance[group] ?? 0)));
      [...variances(table)].forEach((value, group) => close(value, variance[group], 0));
    }
  }
}

/** Within 1e-12 of its size, or of `scale` where that is larger. Null in the truth: there is none. */
function close(found: number | null, expected: number | null | undefined, scale: number): void {
  if (expected === null || expected === undefined || found === null) {
    assert.ok(expected === null && (found === null || Number.isNaN(found)), `${found} instead of ${expected}`);
    return;
  }
  const allowed = 1e-12 * Math.max(Math.abs(expected), scale);
  assert.ok(Math.abs(found - expected) <= allowed, `${found} instead of ${expected}`);
}
