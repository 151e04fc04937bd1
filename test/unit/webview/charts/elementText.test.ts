import assert from 'node:assert/strict';
import { elementText } from '../../../../webview/charts/elementText';

describe('the text of an element', () => {
  it('has the digits that tell it from its neighbours, and no others', () => {
    assert.equal(elementText(Math.fround(0.1), 'float32'), '0.1');
    assert.notEqual(elementText(0.1 + 2 ** -50, 'float64'), '0.1');
    assert.equal(elementText(2 ** 53 - 2, 'int64').startsWith('≈'), false);
  });

  it('says where an integer of 64 bits may be rounded', () => {
    assert.match(elementText(2 ** 53, 'int64'), /^≈\u202f9\.007/);
    assert.match(elementText(-(2 ** 62), 'int64'), /^≈\u202f−4\.6/);
    assert.match(elementText(2 ** 63, 'uint64'), /^≈/);
    assert.doesNotMatch(elementText(2 ** 60, 'float64'), /≈/);
    assert.doesNotMatch(elementText(2 ** 60, null), /≈/);
  });
});
