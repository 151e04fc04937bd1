import assert from 'node:assert/strict';
import fs from 'node:fs';
import { inProject } from '../support/root';

/** Kilobytes that each bundle of a debug build may have. Past it, somebody should ask what came in. */
const budgets: Readonly<Record<string, number>> = {
  'dist/engine.wasm': 150,
  'dist/extension.js': 300,
  'dist/analysisWorker.js': 765,
  'dist/engineWorker.js': 60,
  'dist/referenceEngine.js': 70,
  'dist/hdf5.js': 100,
  'dist/hdf5.wasm': 3600,
  'dist/cli.js': 800,
  'dist/webview/editor.js': 600,
  'dist/webview/renderer.js': 700,
};

describe('the package', () => {
  for (const [file, budget] of Object.entries(budgets)) {
    it(`keeps ${file} under ${budget} KB`, () => {
      const { size } = fs.statSync(inProject(file));
      assert.ok(size <= budget * 1000, `${Math.ceil(size / 1000)} KB`);
    });
  }

  it('pins every dependency to one version', () => {
    const manifest = JSON.parse(fs.readFileSync(inProject('package.json'), 'utf8')) as Record<string, Record<string, string>>;
    const all = { ...manifest['dependencies'], ...manifest['devDependencies'] };
    assert.deepEqual(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)), []);
  });
});
