import assert from 'node:assert/strict';
import { analysisRequest } from '../../../src/features/request';

describe('the request of a page', () => {
  it('is precise when the page or the setting asks for it', () => {
    assert.deepEqual(analysisRequest(3, { views: [] }, false), { tensor: 3, views: [] });
    assert.equal(analysisRequest(0, { views: [] }, true).exact, true);
    assert.equal(analysisRequest(0, { views: [], exact: true }, false).exact, true);
  });
});
