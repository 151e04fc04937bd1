import assert from 'node:assert/strict';
import { openFile } from '../../../../src/core/formats/registry';
import { defaultLimits } from '../../../../src/core/limits';
import { openFileSource } from '../../../../src/platform/fileByteSource';
import { failure } from '../../../support/errors';
import { withHdf5 } from '../../../support/hdf5';
import { inProject } from '../../../support/root';

async function open(name: string, limits = defaultLimits) {
  const source = withHdf5(await openFileSource(inProject('test', 'fixtures', 'keras', name)));
  try {
    return (await openFile(source, limits)).catalog;
  } finally {
    await source.close();
  }
}

describe('Keras models', () => {
  it('have the names of their layers, and what saved them, in the metadata', async () => {
    const { metadata } = await open('model.keras');
    assert.deepEqual(metadata, {
      keras_version: '3.6.0',
      date_saved: '2024-11-26@12:00:00',
      layers: [
        { name: 'stem', class: 'Dense' },
        { name: 'stem_norm', class: 'BatchNormalization' },
      ],
    });
  });

  it('are read without a configuration that makes sense', async () => {
    const { metadata, tensors } = await open('no_config.keras');
    assert.equal(metadata['layers'], undefined);
    assert.equal(tensors.length, 7);
  });

  it('are unpacked up to a limit, where somebody has compressed them', () =>
    assert.rejects(open('deflated.keras', { ...defaultLimits, unpackedBytes: 1000 }), failure('too-large', /compressed, .* at most .* are unpacked/)));
});
