import assert from 'node:assert/strict';
import { SizedCache } from '../../../src/platform/cache';

describe('the cache', () => {
  it('forgets what was used longest ago', () => {
    const cache = new SizedCache<string>(10);
    cache.set('a', 'A', 4);
    cache.set('b', 'B', 4);
    assert.equal(cache.get('a'), 'A');
    cache.set('c', 'C', 4);
    assert.deepEqual(['a', 'b', 'c'].map((key) => cache.get(key)), ['A', undefined, 'C']);
  });

  it('counts an entry that is replaced once', () => {
    const cache = new SizedCache<string>(10);
    for (let round = 0; round < 5; round++) cache.set('a', 'A', 6);
    cache.set('b', 'B', 4);
    assert.deepEqual([cache.get('a'), cache.get('b')], ['A', 'B']);
  });

  it('does not keep what is larger than itself, nor what it replaces', () => {
    const cache = new SizedCache<string>(10);
    cache.set('a', 'A', 4);
    cache.set('a', 'huge', 11);
    assert.equal(cache.get('a'), undefined);
  });
});
