import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npyHeader } from '../../../src/core/formats/npyWriter';
import { document, normoscope } from '../../support/commandLine';
import { float32Npy } from '../../support/npyFiles';

describe('normoscope backward', () => {
  let folder: string;
  let out: string;
  const at = (name: string) => path.join(folder, name);
  const write = (name: string, values: readonly number[], shape: readonly number[]) => {
    fs.writeFileSync(at(name), float32Npy(values, shape));
    return at(name);
  };
  const run = (args: readonly string[]) => normoscope(['backward', ...args, '--out', out]);
  /** The float32 elements of a file of this shape. */
  const written = (file: string, shape: readonly number[]) => {
    const bytes = fs.readFileSync(file);
    const header = npyHeader('float32', shape);
    assert.deepEqual([...bytes.subarray(0, header.length)], [...header]);
    return [...new Float32Array(new Uint8Array(bytes.subarray(header.length)).buffer)];
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-'));
    out = at('dx.npy');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('writes the gradients with respect to the tensor, the weight and the bias, and says what they are', () => {
    // Two values a row: x̂ is −1 and 1 whatever they are, so nothing reaches x.
    const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
    const gradient = write('g.npy', [1, 2, 3, 4], [2, 2]);
    const [weight, bias] = [at('dw.npy'), at('db.npy')];
    const ran = run([input, '--gradient', gradient, '--method', 'layer', '--eps', '0', '--weight-gradient', weight, '--bias-gradient', bias]);
    assert.deepEqual([ran.exitCode, ran.err], [0, '']);
    assert.deepEqual(ran.out.split('\n').slice(0, -1), [
      `${out}: float32 (2, 2), the gradient through LayerNorm with the statistics of each sample, layout NC (two axes: samples by features), eps 0`,
      `${weight}: float32 (2), the gradient with respect to the weight`,
      `${bias}: float32 (2), the gradient with respect to the bias`,
      'L2 norms of 2 samples: 2.236 to 5 upstream, 0 of the gradient through it',
    ]);
    assert.deepEqual(written(out, [2, 2]), [0, 0, 0, 0]);
    assert.deepEqual(written(weight, [2]), [-4, 6]);
    assert.deepEqual(written(bias, [2]), [4, 6]);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['acts.npy', 'db.npy', 'dw.npy', 'dx.npy', 'g.npy']);
  });

  it('takes a weight and running statistics', () => {
    const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
    const gradient = write('g.npy', [1, 2, NaN, 4], [2, 2]);
    const running = ['--running-mean', write('mean.npy', [1, 3], [2]), '--running-var', write('var.npy', [4, 16], [2])];
    const ran = run([input, '--gradient', gradient, '--method', 'batch-eval', '--eps', '0', '--weight', write('w.npy', [2, 8], [2]), ...running]);
    assert.equal(ran.exitCode, 0);
    assert.deepEqual(written(out, [2, 2]), [1, 4, NaN, 8]);
    assert.match(ran.out, /1 element of the gradient is NaN or infinite/);
  });

  it('says in JSON what it wrote, with the norms of every sample', () => {
    const input = write('acts.npy', [0, 6, 0, 3, 3, 9], [2, 3]);
    const gradient = write('g.npy', [3, 4, 0, 0, 6, 8], [2, 3]);
    const ran = run([input, '--gradient', gradient, '--method', 'rms', '--full', '--json']);
    assert.equal(ran.exitCode, 0);
    const found = document(ran);
    assert.deepEqual(
      { ...found, samples: null },
      {
        file: input,
        tensor: '',
        gradient: { file: gradient, tensor: null },
        method: 'rms',
        layout: 'NC',
        layoutReason: 'two axes: samples by features',
        eps: 1e-5,
        out: { file: out, dtype: 'float32', shape: [2, 3] },
        weightGradient: null,
        biasGradient: null,
        samples: null,
        notFinite: 0,
      },
    );
    const { gradientNorm, inputNorm } = found['samples'] as Record<string, { size: number; values: number[]; min: number; max: number }>;
    assert.deepEqual([gradientNorm?.size, gradientNorm?.values, gradientNorm?.min, gradientNorm?.max], [2, [5, 10], 5, 10]);
    const rows = written(out, [2, 3]);
    inputNorm?.values.forEach((norm, sample) => assert.ok(Math.abs(norm - Math.hypot(...rows.slice(3 * sample, 3 * sample + 3))) < 1e-6));
  });

  const wrong: readonly [args: readonly string[], message: RegExp][] = [
    [['--method', 'layer'], /No --gradient is given/],
    [['--method', 'layer', '--gradient', 'other.npy'], /The gradient has the shape \(4,?\); that of the tensor, \(2, 2\), is expected/],
    [['--method', 'layer', '--gradient', 'g.npy', '--weight-gradient', 'dw.txt'], /--weight-gradient is "dw\.txt"; a \.npy file is written/],
    [['--method', 'layer', '--gradient', 'g.npy', '--weight-gradient', 'dw.npy', '--bias-gradient', 'dw.npy'], /is to be written twice/],
    [['--method', 'layer', '--gradient', 'g.npy', '--bias-gradient', 'g.npy'], /g\.npy is read; the output needs a file of its own/],
    [['--method', 'layer', '--gradient', 'g.npy', '--bias', 'g.npy'], /Unknown option '--bias'/],
    [['--method', 'batch-eval', '--gradient', 'g.npy'], /needs both a running mean and a running variance/],
  ];
  for (const [args, message] of wrong) {
    it(`is told of wrong usage in one sentence, and writes nothing: ${args.join(' ')}`, () => {
      const input = write('acts.npy', [1, 3, 10, 30], [2, 2]);
      write('g.npy', [1, 2, 3, 4], [2, 2]);
      write('other.npy', [1, 2, 3, 4], [4]);
      const before = fs.readFileSync(at('g.npy'));
      const ran = run([input, ...args.map((arg) => (/\.(npy|txt)$/.test(arg) ? at(arg) : arg))]);
      assert.equal(ran.exitCode, 2, ran.err);
      assert.match(ran.err.replaceAll(`${folder}${path.sep}`, ''), message);
      assert.equal(ran.err.trimEnd().split('\n').length, 1);
      assert.deepEqual(fs.readdirSync(folder).sort(), ['acts.npy', 'g.npy', 'other.npy']);
      assert.deepEqual(fs.readFileSync(at('g.npy')), before);
    });
  }
});
