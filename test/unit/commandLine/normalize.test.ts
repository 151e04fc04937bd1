import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npyHeader } from '../../../src/core/formats/npyWriter';
import { normoscope, type RunOptions } from '../../support/commandLine';
import { float32Npy } from '../../support/npyFiles';
import { inProject } from '../../support/root';

const fixture = (name: string) => inProject('test', 'fixtures', 'npy', `${name}.npy`);

describe('normoscope normalize', () => {
  let folder: string;
  let out: string;
  const at = (name: string) => path.join(folder, name);
  const write = (name: string, values: readonly number[], shape: readonly number[]) => {
    fs.writeFileSync(at(name), float32Npy(values, shape));
    return at(name);
  };
  const run = (args: readonly string[], options: RunOptions = {}) => normoscope(['normalize', ...args, '--out', out], options);
  /** The float32 elements of what was written. */
  const written = () => {
    const bytes = fs.readFileSync(out);
    const header = bytes.readUInt16LE(8) + 10;
    return [...new Float32Array(new Uint8Array(bytes.subarray(header)).buffer)];
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-'));
    out = at('out.npy');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('writes the normalized tensor and says in a line what it is', () => {
    const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
    const { exitCode, out: said, err } = run([input, '--method', 'layer', '--eps', '0']);
    assert.deepEqual([exitCode, err], [0, '']);
    assert.equal(said, `${out}: float32 (2, 2), LayerNorm with the statistics of each sample, layout NC (two axes: samples by features), eps 0\n`);
    assert.deepEqual(written(), [-1, 1, -1, 1]);
    assert.deepEqual([...fs.readFileSync(out).subarray(0, 128)], [...npyHeader('float32', [2, 2])]);
  });

  it('takes weight and bias, and the tensor of a file by its name', () => {
    const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
    const weight = write('with:colon.npy', [2, 5], [2]);
    const record = fixture('record');
    const { exitCode } = run([input, '--method', 'batch', '--eps', '0', '--weight', weight, '--bias', write('beta.npy', [100, -100], [2])]);
    assert.equal(exitCode, 0);
    assert.deepEqual(written(), [98, -105, 102, -95]);
    const unnamed = run([input, '--method', 'layer', '--weight', record]);
    assert.equal(unnamed.exitCode, 2);
    assert.match(unnamed.err, /--weight: record\.npy holds \d+ tensors; name one as FILE:NAME/);
    const unknown = run([input, '--method', 'layer', '--weight', `${record}:none`]);
    assert.match(unknown.err, /--weight: The file has no tensor "none"; there is "x"/);
    const wrongSize = run([input, '--method', 'layer', '--weight', `${record}:x`]);
    assert.match(wrongSize.err, /The weight has the shape \(.+\); \(2,\) is expected/);
  });

  it('takes running statistics for batch-eval, and for nothing else', () => {
    const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
    const running = ['--running-mean', write('mean.npy', [1, 3], [2]), '--running-var', write('var.npy', [9, 81], [2])];
    assert.equal(run([input, '--method', 'batch-eval', '--eps', '0', ...running]).exitCode, 0);
    assert.deepEqual(written(), [0, 0, 3, 3]);
    assert.match(run([input, '--method', 'batch', ...running]).err, /"batch" takes the tensor's own, "batch-eval" these/);
    assert.match(run([input, '--method', 'batch-eval', ...running.slice(0, 2)]).err, /needs both a running mean and a running variance/);
    const negative = ['--running-mean', at('mean.npy'), '--running-var', write('negative.npy', [1, -2], [2])];
    assert.match(run([input, '--method', 'batch-eval', ...negative]).err, /The running variance of channel 1 is -2; a variance is zero or more/);
  });

  it('normalizes the channels of each position where that is asked', () => {
    // Two channels of one row of two positions: the channels of a position lie two apart.
    const input = write('acts.npy', [1, 10, 3, 30], [1, 2, 1, 2]);
    const ran = run([input, '--method', 'layer', '--eps', '0', '--normalized-axes', 'C', '--weight', write('gamma.npy', [1, 2], [2])]);
    assert.match(ran.out, /LayerNorm with the statistics of each position/);
    assert.deepEqual(written(), [-1, -1, 2, 2]);
  });

  it('takes the statistics of what a mask leaves, and normalizes every element with them', () => {
    // Samples of two steps of one feature; the second step of the second sample is padding.
    const input = write('acts.npy', [1, 3, 5, 100], [2, 2, 1]);
    const args = [input, '--method', 'batch', '--eps', '0', '--layout', 'NTC'];
    const ran = run([...args, '--mask', write('mask.npy', [1, 1, 1, 0], [2, 2])]);
    assert.equal(ran.exitCode, 0, ran.err);
    assert.match(ran.out, /BatchNorm with the statistics of each feature.*, 1 of 4 positions left out \(a mask\)$/m);
    // Of 1, 3, 5: mean 3, variance 8 / 3, as Keras's BatchNormalization with a mask.
    const std = Math.sqrt(8 / 3);
    assert.deepEqual(written(), [-2, 0, 2, 97].map((value) => Math.fround(value / std)));
    for (const same of [['--lengths', write('lengths.npy', [2, 1], [2])], ['--pad-value', '100'], ['--mask', write('inverted.npy', [0, 0, 0, 1], [2, 2]), '--mask-inverted']]) {
      assert.equal(run([...args, ...same]).exitCode, 0, same.join(' '));
      assert.deepEqual(written(), [-2, 0, 2, 97].map((value) => Math.fround(value / std)));
    }
  });

  it('says which groups a mask leaves nothing of: they have no statistics', () => {
    const input = write('acts.npy', [1, 3, 5, 7], [1, 2, 2]);
    const ran = run([input, '--method', 'layer', '--eps', '0', '--pad-value', '9', '--mask-inverted']);
    assert.equal(ran.exitCode, 2);
    const { out: said } = run([input, '--method', 'layer', '--eps', '0', '--lengths', write('lengths.npy', [1], [1])]);
    assert.match(said, /1 of 2 positions left out \(lengths\); 1 group of which nothing is left is NaN$/m);
    assert.deepEqual(written(), [-1, 1, NaN, NaN]);
    const running = write('running.npy', [1, 3], [2]);
    const given = run([input, '--method', 'batch-eval', '--running-mean', running, '--running-var', running, '--pad-value', '0']);
    assert.match(given.err, /A mask is given; "batch-eval" takes the running statistics, from which nothing is left out/);
    const mask = run([input, '--method', 'layer', '--mask', write('out.npy', [1], [1])]);
    assert.match(mask.err, /is read; the output needs a file of its own/);
  });

  it('keeps Fortran order, and float64', () => {
    assert.equal(run([fixture('fortran_four_axes'), '--method', 'instance']).exitCode, 0);
    const header = npyHeader('float64', [2, 3, 2, 3], 'F');
    assert.deepEqual([...fs.readFileSync(out).subarray(0, header.length)], [...header]);
  });

  it('leaves NaN and infinities where they are, apart from the statistics of the others', () => {
    const input = write('odd.npy', [1, NaN, 3, 5, Infinity, 7, NaN, NaN, -Infinity], [3, 3]);
    assert.equal(run([input, '--method', 'layer', '--eps', '0']).exitCode, 0);
    assert.deepEqual(written(), [-1, NaN, 1, -1, Infinity, 1, NaN, NaN, NaN]);
  });

  it('reads standard input, and writes a header alone for an empty tensor', () => {
    assert.equal(run(['-', '--method', 'rms', '--eps', '0'], { input: float32Npy([3, 3], [1, 2]) }).exitCode, 0);
    assert.deepEqual(written(), [1, 1]);
    assert.equal(run([write('empty.npy', [], [0, 4]), '--method', 'batch']).exitCode, 0);
    assert.deepEqual(written(), []);
  });

  const refused: readonly [name: string, exitCode: number, message: RegExp][] = [
    ['objects', 3, /Python objects|object/],
    ['truncated', 3, /only \d+ are there/],
    ['little_c8', 3, /complex64 are not computed with/],
    ['scalar', 2, /LayerNorm does not apply to this tensor: no channel axis/],
  ];
  for (const [name, exitCode, message] of refused) {
    it(`refuses ${name} in one sentence and leaves no file`, () => {
      const ran = run([fixture(name), '--method', 'layer']);
      assert.deepEqual([ran.exitCode, ran.out], [exitCode, '']);
      assert.match(ran.err, message);
      assert.equal(ran.err.trimEnd().split('\n').length, 1);
      assert.deepEqual(fs.readdirSync(folder), []);
    });
  }

  const wrong: readonly [args: readonly string[], message: RegExp][] = [
    [['--out', 'y.npy'], /No --method is given; it may be layer, batch, rms, group, instance or batch-eval/],
    [['--method', 'power', '--out', 'y.npy'], /--method is "power"; it may be/],
    [['--method', 'layer'], /No --out is given/],
    [['--method', 'layer', '--out', 'y.safetensors'], /--out is "y\.safetensors"; a \.npy file is written/],
    [['--method', 'group', '--groups', '3', '--out', 'y.npy'], /3, which does not divide the 4 channels/],
    [['--method', 'instance', '--out', 'y.npy'], /InstanceNorm does not apply to this tensor: one element per \(sample, channel\)/],
    [['--method', 'layer', '--json', '--out', 'y.npy'], /Unknown option '--json'/],
  ];
  for (const [args, message] of wrong) {
    it(`is told of wrong usage in one sentence: ${args.join(' ')}`, () => {
      const ran = normoscope(['normalize', fixture('far_from_zero'), ...args.map((arg) => (arg === 'y.npy' ? out : arg))]);
      assert.equal(ran.exitCode, 2);
      assert.match(ran.err + ran.out, message);
      assert.ok(!fs.existsSync(out));
    });
  }

  it('never writes over what it reads', () => {
    const input = write('acts.npy', [1, 3], [1, 2]);
    const before = fs.readFileSync(input);
    fs.symlinkSync('acts.npy', at('link.npy'));
    for (const name of ['acts.npy', 'link.npy']) {
      const ran = normoscope(['normalize', input, '--method', 'layer', '--out', at(name)]);
      assert.equal(ran.exitCode, 2);
      assert.match(ran.err, /is read; the output needs a file of its own/);
    }
    const weight = normoscope(['normalize', fixture('one_axis'), '--method', 'layer', '--weight', input, '--out', input]);
    assert.equal(weight.exitCode, 2);
    assert.deepEqual(fs.readFileSync(input), before);
  });

  it('leaves nothing behind when it is interrupted', (done) => {
    // Zeros that take no room on the disk; what is written of them does, so it is stopped early.
    const input = at('zeros.npy');
    fs.writeFileSync(input, npyHeader('uint8', [1 << 15, 1 << 16]));
    fs.truncateSync(input, npyHeader('uint8', [1 << 15, 1 << 16]).length + 2 ** 31);
    const channels = 1 << 16;
    const running = write('running.npy', new Array<number>(channels).fill(1), [channels]);
    const args = ['normalize', input, '--method', 'batch-eval', '--running-mean', running, '--running-var', running, '--out', out];
    const child = spawn(process.execPath, [inProject('dist', 'cli.js'), ...args]);
    const watcher = fs.watch(folder, (_, name) => {
      if (name?.endsWith('.tmp')) child.kill('SIGINT');
    });
    child.on('close', (exitCode, signal) => {
      watcher.close();
      assert.deepEqual([exitCode, signal], [null, 'SIGINT']);
      assert.deepEqual(fs.readdirSync(folder).sort(), ['running.npy', 'zeros.npy']);
      done();
    });
  });
});
