import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { means, variances } from '../../../../src/core/analysis/statistics';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits, type Limits } from '../../../../src/core/limits';
import type { ByteSource } from '../../../../src/core/tensor/byteSource';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { failure } from '../../../support/errors';
import { bytes, initializer, model, number, varint, type Part } from '../../../support/onnx';
import { inProject } from '../../../support/root';
import { engines } from '../../../support/tensors';

const fixtures = inProject('test', 'fixtures', 'onnx');
const fixture = (name: string) => memorySource(name, fs.readFileSync(path.join(fixtures, name)));
const open = (source: ByteSource, limits: Partial<Limits> = {}) => openFile(source, { ...defaultLimits, ...limits });
const opened = (parts: readonly Part[], limits: Partial<Limits> = {}) => open(memorySource('a.onnx', model(parts)), limits);

describe('ONNX', () => {
  it('metadata say what the model says of itself', async () => {
    const { metadata } = (await open(fixture('norms.onnx'))).catalog;
    const { normalizations, ...others } = metadata;
    assert.deepEqual(others, {
      ir_version: 3,
      producer_name: 'fixtures',
      producer_version: '1.0',
      model_version: 3,
      doc_string: 'a text µ',
      opset_import: { 'ai.onnx': 12, 'com.microsoft': 1 },
      metadata_props: { author: 'nobody', names: "{0: 'a'}" },
      graph: {
        name: 'norms',
        nodes: 6,
        // An initializer is no input.
        inputs: [
          { name: 'x', type: 'FLOAT', shape: ['N', 4, null] },
          { name: 'e', type: 'FLOAT' },
          { name: 'ids', type: 'INT64', shape: [] },
        ],
        outputs: [
          { name: 'z', type: 'FLOAT', shape: ['N', 4, 2] },
          { name: 'list', type: 'sequence' },
        ],
      },
      operators: {
        BatchNormalization: 1,
        InstanceNormalization: 1,
        LpNormalization: 1,
        MeanVarianceNormalization: 1,
        'com.microsoft.SkipLayerNormalization': 1,
        Relu: 1,
      },
    });
    assert.deepEqual(normalizations, [
      { op: 'BatchNormalization', node: 'bn', inputs: ['x', 'scale', 'bias', 'mean', 'var'], output: 'a', attributes: { epsilon: 1e-3, momentum: 0.99 } },
      { op: 'InstanceNormalization', node: 'in', inputs: ['a', 'scale', 'bias'], output: 'b', attributes: { epsilon: 1e-5 } },
      { op: 'LpNormalization', node: '', inputs: ['b'], output: 'c', attributes: { axis: 1, p: 1 } },
      { op: 'MeanVarianceNormalization', node: '', inputs: ['c'], output: 'd', attributes: { axes: [0, 2] } },
      { op: 'com.microsoft.SkipLayerNormalization', node: '', inputs: ['d', 'e', 'scale', '', 'bias'], output: 'y', attributes: { epsilon: 1e-5 } },
    ]);
  });

  it('normalizations of graphs in nodes have the path to them; functions are named', async () => {
    const { metadata } = (await open(fixture('nested.onnx'))).catalog;
    assert.deepEqual(metadata['normalizations'], [
      { op: 'LayerNormalization', node: '', inputs: ['x', 'bias'], output: 'y', attributes: { axis: 1, epsilon: 1e-6 }, path: 'z/body' },
    ]);
    assert.deepEqual(metadata['functions'], ['custom.Scaled']);
  });

  it("of PyTorch's exporter, eps and momentum of its own convention are as ONNX has them", async () => {
    const { metadata } = (await open(fixture('exported.onnx'))).catalog;
    const [{ inputs, attributes }] = metadata['normalizations'] as [{ inputs: string[]; attributes: Record<string, unknown> }];
    assert.deepEqual(inputs.slice(1), ['1.weight', '1.bias', '1.running_mean', '1.running_var']);
    // PyTorch's momentum is the weight of the new statistics, ONNX's that of the old ones.
    assert.deepEqual(attributes, { epsilon: 1e-3, momentum: 0.9, training_mode: 1 });
  });

  it('models are found by their beginning, whatever their name', async () => {
    for (const file of ['raw.onnx', 'nested.onnx', 'norms.onnx', 'exported.onnx', 'unpacked.onnx']) {
      const content = fs.readFileSync(path.join(fixtures, file));
      for (const name of ['model', 'model.npy', 'model.bin', 'model.pb', 'model.txt']) {
        assert.equal((await open(memorySource(name, content))).catalog.format, 'onnx', `${file} as ${name}`);
      }
    }
  });

  it('other messages of Protocol Buffers are not taken for models', async () => {
    const others = [
      // A SavedModel of TensorFlow: a version, then a message.
      [...number(1, 1), ...bytes(2, [...bytes(1, bytes(4, [0x73])), 0, 1])],
      // A version and a text, and nothing behind.
      [...number(1, 8), ...bytes(2, [0x61])],
      // A graph longer than the file.
      [...number(1, 8), 0x3a, ...varint(1000n), 0x0a, 0],
      // No version.
      [...bytes(7, bytes(2, [0x61]))],
      [...number(1, 1000), ...bytes(7, bytes(2, [0x61]))],
    ];
    for (const other of others) await assert.rejects(open(memorySource('model.pb', Uint8Array.from(other))), failure('not-recognized'));
  });

  it('of a model of gigabytes the header is read, and a window behind each tensor', async () => {
    const gibibyte = 2 ** 30;
    const tensors = 6;
    const elements = gibibyte / 4;
    // The elements are nowhere: what is read of them is zero.
    const header = (index: number) => [...number(1, elements), ...number(2, 1), ...bytes(8, [0x61 + index]), 0x4a, ...varint(BigInt(gibibyte))];
    const starts: (readonly [at: number, part: readonly number[]])[] = [];
    const length = (index: number) => header(index).length + gibibyte;
    let at = 2;
    const graphLength = Array.from({ length: tensors }, (_, index) => 1 + varint(BigInt(length(index))).length + length(index)).reduce((a, b) => a + b, 0);
    starts.push([0, [...number(1, 8), 0x3a, ...varint(BigInt(graphLength))]]);
    at += 1 + varint(BigInt(graphLength)).length;
    for (let index = 0; index < tensors; index++) {
      const part = [0x2a, ...varint(BigInt(length(index))), ...header(index)];
      starts.push([at, part]);
      at += part.length + gibibyte;
    }
    let read = 0;
    const source: ByteSource = {
      ...memorySource('large.onnx', new Uint8Array(0)),
      size: at,
      read: (position, target) => {
        read += target.length;
        for (const [start, part] of starts) {
          part.forEach((byte, offset) => {
            const place = start + offset - position;
            if (place >= 0 && place < target.length) target[place] = byte;
          });
        }
        return Promise.resolve();
      },
    };
    const { catalog } = await open(source);
    assert.deepEqual(catalog.tensors.map(({ name, status, bytes: size }) => [name, status, size]), ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 'readable', gibibyte]));
    assert.ok(read < 256 * 1024, `${read} bytes were read`);
  });

  describe('whole numbers in a field of their own', () => {
    const int64 = (values: readonly bigint[], dims = values.length) => initializer('x', 7, [dims], bytes(7, values.flatMap(varint)));
    const values = (file: Awaited<ReturnType<typeof open>>, from: number, count: number) => engines()[0]?.elements(file.tensor(0), from, count);

    it('are read from any place, and in any order', async () => {
      const count = 200_000;
      const file = await opened([int64(Array.from({ length: count }, (_, index) => BigInt(index) ** 3n * (index % 2 === 0 ? 1n : -1n)))]);
      for (const place of [150_000, 3, 199_990, 65_530, 131_070, 0]) {
        const expected = Array.from({ length: 10 }, (_, index) => (place + index) ** 3 * ((place + index) % 2 === 0 ? 1 : -1));
        assert.deepEqual([...((await values(file, place, 10)) ?? [])].map((value) => value + 0), expected.map((value) => value + 0), `from ${place}`);
      }
    });

    it('that are too few or too many are refused', async () => {
      const few = await opened([int64([1n, 300n, 300n], 4)]);
      const many = await opened([int64([1n, 300n, 300n], 2)]);
      await assert.rejects(values(few, 0, 4) ?? assert.fail(), failure('malformed', /has 4 numbers of int64 in a\.onnx, but only 3 are there/));
      await assert.rejects(values(many, 0, 2) ?? assert.fail(), failure('malformed', /has 2 numbers of int64 in a\.onnx, but there are more/));
    });

    const wrong: readonly [what: string, dataType: number, field: number, value: bigint][] = [
      ['uint8', 2, 5, 256n],
      ['int8', 3, 5, -129n],
      ['uint16', 4, 5, -1n],
      ['int16', 5, 5, 32768n],
      ['uint32', 12, 11, 1n << 32n],
      ['float16', 10, 5, 65536n],
    ];
    for (const [dtype, dataType, field, value] of wrong) {
      it(`of ${dtype} are refused where they are ${value}`, async () => {
        const file = await opened([initializer('x', dataType, [2], bytes(field, [1n, value].flatMap(varint)))]);
        await assert.rejects(values(file, 0, 2) ?? assert.fail(), failure('malformed', new RegExp(`has 2 numbers of ${dtype} in a\\.onnx, but that with index 1 is none`)));
      });
    }

    it('are refused when they have more than 64 bits', async () => {
      const file = await opened([initializer('x', 7, [2], bytes(7, [...Array<number>(10).fill(255), 1, 1]))]);
      await assert.rejects(values(file, 0, 2) ?? assert.fail(), failure('malformed', /that with index 0 has more than 64 bits/));
    });
  });

  it('limits are said: tensors that are left out, elements in fields of their own', async () => {
    const one = initializer('x', 1, [1], bytes(9, [0, 0, 0, 0]));
    const { catalog } = await opened([one, one, one], { tensors: 2 });
    assert.equal(catalog.tensors.length, 2);
    assert.deepEqual(catalog.warnings, [{ code: 'tensors-left-out', message: 'The model has 1 more tensors; the first 2 are listed.' }]);
    const scattered = Array.from({ length: (1 << 18) + 2 }, () => number(7, 1)).flat();
    await assert.rejects(opened([initializer('x', 7, [scattered.length / 2], scattered)]), failure('too-large', /stand in fields of their own/));
  });

  describe('tensors in other files', () => {
    let folder: string;
    let source: ByteSource;

    beforeEach(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-onnx-'));
      fs.mkdirSync(path.join(folder, 'model'));
      for (const name of ['external.onnx', 'external.bin']) fs.copyFileSync(path.join(fixtures, name), path.join(folder, 'model', name));
      source = await openFileSource(path.join(folder, 'model', 'external.onnx'));
    });
    afterEach(async () => {
      await source.close();
      fs.rmSync(folder, { recursive: true });
    });

    it('are refused where a link leads out of the folder', async () => {
      fs.writeFileSync(path.join(folder, 'secret.bin'), new Uint8Array(1000));
      fs.symlinkSync(path.join(folder, 'secret.bin'), path.join(folder, 'model', 'missing.bin'));
      const file = await open(source);
      const index = file.catalog.tensors.findIndex(({ name }) => name === 'missing');
      assert.throws(() => file.tensor(index), failure('refused', /leads out of the folder/));
    });

    it('are noticed to change', async () => {
      const file = await open(source);
      fs.appendFileSync(path.join(folder, 'model', 'external.bin'), 'more');
      const [engine] = engines();
      assert.ok(engine);
      await assert.rejects(engine.moments(file.tensor(0), []), failure('changed', /external\.bin/));
    });
  });
});

describe('networks that packages ship', function () {
  this.timeout(120_000);
  type Truth = readonly [name: string, shape: readonly number[], mean: number | null, variance: number | null];
  const truths = JSON.parse(fs.readFileSync(path.join(fixtures, 'ocr.json'), 'utf8')) as Record<string, readonly Truth[]>;
  const folder = inProject('node_modules', '@gutenye', 'ocr-models', 'assets');

  for (const [name, tensors] of Object.entries(truths)) {
    it(`every tensor of ${name} is as ONNX's own library has it`, async () => {
      const source = await openFileSource(path.join(folder, name));
      try {
        const file = await open(source);
        assert.deepEqual(file.catalog.tensors.map((info) => [info.name, info.shape, info.status]), tensors.map(([tensor, shape]) => [tensor, shape, 'readable']));
        const [engine] = engines();
        assert.ok(engine);
        for (const [index, [tensor, , mean, variance]] of tensors.entries()) {
          if (mean === null || variance === null) continue;
          const { overall } = await engine.moments(file.tensor(index), []);
          const [found, foundVariance] = [means(overall)[0] ?? NaN, variances(overall)[0] ?? NaN];
          assert.ok(Math.abs(found - mean) <= 1e-12 * Math.max(Math.abs(mean), Math.sqrt(variance)), `${tensor}: ${found} instead of ${mean}`);
          assert.ok(Math.abs(foundVariance - variance) <= 1e-12 * variance, `${tensor}: ${foundVariance} instead of ${variance}`);
        }
      } finally {
        await source.close();
      }
    });
  }
});
