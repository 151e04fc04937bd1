import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { document, normoscope } from '../../support/commandLine';
import { float32Npy } from '../../support/npyFiles';

interface Told {
  readonly exact: boolean;
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  readonly skewness: number;
}

describe('normoscope --exact', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-exact-'));
  const file = path.join(folder, 'large.npy');
  after(() => fs.rmSync(folder, { recursive: true }));
  // A little more than the fast mode begins with: 1e4 and a wave of 1e-2 on it, whose variance float32 would lose.
  const shape = [1100, 1000];
  const values = Array.from({ length: 1_100_000 }, (_, index) => 1e4 + 1e-2 * Math.sin(index));
  before(() => fs.writeFileSync(file, float32Npy(values, shape)));
  const compared = (...args: string[]) => document(normoscope(['compare', file, '--json', ...args]))['statistics'] as Told;
  const inspected = (...args: string[]) => {
    const [tensor] = document(normoscope(['inspect', file, '--json', ...args]))['tensors'] as { statistics: Told }[];
    return tensor?.statistics as Told;
  };

  it('asks for the precise mode, and both commands say which it was', () => {
    const found = [compared(), compared('--exact'), inspected(), inspected('--exact')];
    assert.deepEqual(found.map(({ exact }) => exact), [false, true, false, true]);
    const [fast, precise] = found as [Told, Told];
    assert.ok(Math.abs(fast.variance / precise.variance - 1) < 1e-6);
    assert.ok(Math.abs(fast.mean - precise.mean) < 1e-6 * Math.sqrt(precise.variance));
    assert.ok(Math.abs(fast.skewness - precise.skewness) < 1e-6);
    assert.deepEqual([fast.min, fast.max], [precise.min, precise.max]);
  });

  it('stands in what people read', () => {
    for (const command of ['compare', 'inspect']) {
      assert.match(normoscope([command, file]).out, /fast: within 1e-6; --exact for float64 throughout/);
      assert.doesNotMatch(normoscope([command, file, '--exact']).out, /within 1e-6/);
    }
  });
});
