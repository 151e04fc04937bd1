import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { memorySource } from '../../../../src/core/tensor/memorySource';
import { zipBytes } from '../../../support/archives';
import { hostileFiles } from '../../../support/hostileFiles';
import { inProject, projectRoot } from '../../../support/root';

interface Failure {
  readonly code: string;
  readonly message: string;
}

interface Opened {
  readonly error?: Failure;
  /** Of the tensors that were read. */
  readonly failures?: readonly Failure[];
  /** Of a processor's time. */
  readonly milliseconds: number;
  readonly peak: number;
}

/** Bytes that opening a file and reading some of it may take beyond what a small one does. */
const mostMemory = 128 * 2 ** 20;
const mostMilliseconds = 3000;

describe('files that are made to take memory or time', function () {
  this.timeout(300_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-hostile-'));
  const program = path.join(folder, 'open.cjs');
  before(() => {
    buildSync({ absWorkingDir: projectRoot, entryPoints: ['test/support/openAlone.ts'], bundle: true, platform: 'node', format: 'cjs', target: 'node20', outfile: program, logLevel: 'silent' });
    for (const file of ['hdf5.js', 'hdf5.wasm']) fs.copyFileSync(inProject('dist', file), path.join(folder, file));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  function opened(name: string, bytes: Uint8Array): Opened {
    const file = path.join(folder, name);
    fs.writeFileSync(file, bytes);
    try {
      const { stdout, stderr } = spawnSync(process.execPath, [program, file], { encoding: 'utf8' });
      assert.notEqual(stdout, '', stderr);
      return JSON.parse(stdout) as Opened;
    } finally {
      fs.rmSync(file);
    }
  }

  for (const name of new Set(hostileFiles.map((file) => file.name))) {
    // All of them take a minute: `npm run fuzz` does.
    const all = hostileFiles.filter((file) => file.name === name);
    const files = process.env['NORMOSCOPE_FUZZ'] === undefined ? all.filter((_, index) => index % 4 === 0) : all;
    it(`${name}: ${files.length} of them take little of either, and end in a catalog or a sentence`, async function () {
      // Elsewhere nobody tells the most memory that a process had.
      if (process.platform !== 'linux') this.skip();
      const small = opened('small.npy', fs.readFileSync(inProject('test', 'fixtures', 'npy', 'little_f4.npy'))).peak;
      for (const { what, make } of files) {
        const { error, failures = [], milliseconds, peak } = opened(name, await make());
        for (const { code, message } of error ? [error] : failures) assert.ok(code !== 'internal' && message.length < 1000, `${what}: ${message}`);
        assert.ok(peak - small < mostMemory, `${what}: ${Math.round((peak - small) / 2 ** 20)} MiB`);
        assert.ok(milliseconds < mostMilliseconds, `${what}: ${Math.round(milliseconds)} ms`);
      }
    });
  }
});

describe('files that are large and honest', () => {
  const tensors = 10_000;

  it('open: ten thousand tensors in a PyTorch file', async () => {
    const { catalog } = await openFile(memorySource('model.pt', checkpoint(tensors)), defaultLimits);
    assert.deepEqual([catalog.tensors.length, catalog.warnings], [tensors, []]);
    assert.deepEqual(catalog.tensors.at(-1)?.name, 'model.decoder.layers.9999.attention.self.query.weight');
    assert.ok(catalog.tensors.every(({ status }) => status === 'readable'));
  });

  it('open: ten thousand tensors in safetensors, and in an index', async () => {
    const names = Array.from({ length: tensors }, (_, index) => `model.decoder.layers.${index}.attention.self.query.weight`);
    const header = Buffer.from(JSON.stringify(Object.fromEntries(names.map((name, index) => [name, { dtype: 'F32', shape: [1], data_offsets: [index * 4, index * 4 + 4] }]))));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const { catalog } = await openFile(memorySource('a.safetensors', Buffer.concat([length, header, Buffer.alloc(tensors * 4)])), defaultLimits);
    assert.deepEqual([catalog.tensors.length, catalog.warnings], [tensors, []]);
    const index = Buffer.from(JSON.stringify({ weight_map: Object.fromEntries(names.map((name) => [name, 'gone.safetensors'])) }));
    assert.equal((await openFile(memorySource('a.safetensors.index.json', index), defaultLimits)).catalog.tensors.length, tensors);
  });

  it('open: two million numbers of JSON', async () => {
    const { catalog } = await openFile(memorySource('a.json', Buffer.from(`[${'0.123456,'.repeat(2 ** 21)}1]`)), defaultLimits);
    assert.deepEqual(catalog.tensors[0]?.shape, [2 ** 21 + 1]);
  });
});

/** As `torch.save` writes a state dict of tensors with a storage each. */
function checkpoint(count: number): Uint8Array {
  const text = (value: string) => `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;
  const tensor = (index: number) => {
    const storage = `(${text('storage')}ctorch\nFloatStorage\n${text(String(index))}${text('cpu')}K\x01tQ`;
    return `${text(`model.decoder.layers.${index}.attention.self.query.weight`)}ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00K\x01\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR`;
  };
  const pickle = `\x80\x02ccollections\nOrderedDict\n)R(${Array.from({ length: count }, (_, index) => tensor(index)).join('')}u.`;
  const records = Array.from({ length: count }, (_, index) => ({ name: `archive/data/${index}`, data: new Uint8Array(4) }));
  return zipBytes([{ name: 'archive/data.pkl', data: Buffer.from(pickle, 'latin1') }, ...records]);
}
