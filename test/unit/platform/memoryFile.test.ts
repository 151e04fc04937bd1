import assert from 'node:assert/strict';
import { npyHeader } from '../../../src/core/formats/npyWriter';
import { defaultLimits } from '../../../src/core/limits';
import { openTensorFile } from '../../../src/core/normoscope';
import { memoryFile } from '../../../src/platform/memoryFile';
import { failure } from '../../support/errors';
import { engines } from '../../support/tensors';

describe('a file that is held in memory', () => {
  it('lets others have their turn while it is analyzed, so that a cancellation is heard', async () => {
    const header = npyHeader('float32', [4096, 256], 'C');
    const bytes = new Uint8Array(header.length + 4096 * 256 * 4);
    bytes.set(header);
    const file = await openTensorFile(memoryFile('held.npy', bytes), defaultLimits);
    for (const engine of engines({ chunkBytes: 64 * 1024 })) {
      let turns = 0;
      const controller = new AbortController();
      const count = () => {
        turns++;
        if (turns === 3) controller.abort();
        else if (turns < 1000) setImmediate(count);
      };
      setImmediate(count);
      await assert.rejects(file.analyze(engine, { tensor: 0 }, { signal: controller.signal }), failure('cancelled'));
      assert.equal(turns, 3, engine.backend);
    }
  });
});
