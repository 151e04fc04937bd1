import assert from 'node:assert/strict';
import path from 'node:path';
import { loadEngine } from '../../../src/platform/engineLoader';
import { failure } from '../../support/errors';
import { projectRoot } from '../../support/root';

describe('loading the engine', () => {
  const before = process.env['NORMOSCOPE_BACKEND'];
  afterEach(() => {
    if (before === undefined) delete process.env['NORMOSCOPE_BACKEND'];
    else process.env['NORMOSCOPE_BACKEND'] = before;
  });

  for (const [backend, file] of [['wasm', 'engine\\.wasm'], ['reference', 'referenceEngine\\.js']] as const) {
    it(`says in one sentence which file is not there: ${backend}`, async () => {
      process.env['NORMOSCOPE_BACKEND'] = backend;
      await assert.rejects(loadEngine(path.join(projectRoot, 'test', 'fixtures', 'engine.wasm')), failure('internal', new RegExp(`^The engine could not be loaded from ${file}: [^\\n]+\\.$`)));
    });
  }
});
