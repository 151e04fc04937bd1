import assert from 'node:assert/strict';
import { NormoscopeError } from '../../src/core/errors';

/** For `assert.throws` and `assert.rejects`: a failure with this code, whose sentence fits `message`. */
export function failure(code: string, message: RegExp = /./) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof NormoscopeError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.match(error.message, /^[A-Z`"a-z].*\.$/s, 'a sentence');
    return true;
  };
}
