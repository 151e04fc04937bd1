import { NormoscopeError } from '../errors';

/**
 * Reads a header that is held whole, and may say of any place in it that something is there.
 * @param what of a file it is, and `position` the byte at which it begins
 * @throws NormoscopeError `malformed` where `read` throws a `RangeError`, as reading beyond a view's end does
 */
export function readingAt<T>(position: number, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new NormoscopeError('malformed', `The ${what} at byte ${position} makes no sense: it refers to places outside of itself.`, position);
    throw error;
  }
}
