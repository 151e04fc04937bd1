import assert from 'node:assert/strict';
import { analysisRequest } from '../../../src/features/request';

describe('the request of a page', () => {
  it('asks for nothing that the page does not ask for', () => {
    assert.deepEqual(analysisRequest(0, { views: [], batchOutputs: false }, false), { tensor: 0, views: [] });
    assert.equal(analysisRequest(0, { views: [], batchOutputs: true }, false).batchOutputs, true);
  });

  it('asks for other arithmetics of whole tensors alone', () => {
    assert.equal(analysisRequest(0, { views: [], precision: true }, false).precision?.length, 6);
    assert.equal(analysisRequest(0, { views: [], precision: true, mask: { kind: 'pad-value', value: 0 } }, false).precision, undefined);
  });

  it('is precise when the page or the setting asks for it', () => {
    assert.deepEqual(analysisRequest(3, { views: [] }, false), { tensor: 3, views: [] });
    assert.equal(analysisRequest(0, { views: [] }, true).exact, true);
    assert.equal(analysisRequest(0, { views: [], exact: true }, false).exact, true);
  });
});
