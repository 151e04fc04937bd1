import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npyHeader } from '../../../src/core/formats/npyWriter';
import { elementCount } from '../../../src/core/tensor/tensor';
import { inProject } from '../../support/root';

const MiB = 2 ** 20;

describe('memory of the command line', function () {
  // A few seconds of work, and more where other processes want the processors too.
  this.timeout(120_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'normoscope-memory-'));
  const preload = path.join(folder, 'peak.cjs');
  fs.writeFileSync(
    preload,
    // The kernel's own mark where there is one: `maxRSS` begins with what the parent held, so a smaller child shows nothing.
    `const fs = require('node:fs');
    const mark = () => process.platform === 'linux' ? /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1] : process.resourceUsage().maxRSS;
    if (require('node:worker_threads').isMainThread) process.on('exit', () => fs.writeSync(2, \`peak \${mark()}\`));`,
  );

  after(() => fs.rmSync(folder, { recursive: true }));

  /** A file of zeros that takes no room on the disk. */
  function sparse(name: string, shape: readonly number[]): string {
    const file = path.join(folder, name);
    const header = npyHeader('float64', shape, 'C');
    fs.writeFileSync(file, header);
    fs.truncateSync(file, header.length + elementCount(shape) * 8);
    return file;
  }

  /** Bytes of the process's largest resident set. */
  function peak(args: readonly string[], threads: number): number {
    const { status, stderr } = spawnSync(process.execPath, ['--require', preload, inProject('dist', 'cli.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, NORMOSCOPE_THREADS: String(threads) },
    });
    assert.equal(status, 0, stderr);
    return Number(/peak (\d+)$/.exec(stderr)?.[1]) * 1024;
  }

  it('is bounded however large the file is, on one thread and on two', () => {
    const small = peak(['compare', '--json', sparse('small.npy', [4, 4])], 1);
    const large = sparse('large.npy', [2048, 65536]);
    assert.ok(fs.statSync(large).size > 1024 * MiB);
    for (const threads of [1, 2]) {
      const more = (peak(['compare', '--json', large], threads) - small) / MiB;
      assert.ok(more < 128, `${threads} threads take ${more.toFixed(0)} MiB more than for a small file`);
    }
  });

  it('is bounded of half a million groups, whose moments are held once for all threads', () => {
    const small = peak(['compare', '--json', sparse('small.npy', [4, 4])], 1);
    // 45 MiB of moments by the rows of the first; by the columns of the second 18, which each thread would hold for itself.
    for (const shape of [[491520, 128], [256, 196608]]) {
      const file = sparse('groups.npy', shape);
      for (const threads of [1, 2]) {
        const more = (peak(['compare', '--json', file], threads) - small) / MiB;
        assert.ok(more < 128, `${shape.join(' × ')} with ${threads} threads takes ${more.toFixed(0)} MiB more than a small file`);
      }
    }
  });
});
