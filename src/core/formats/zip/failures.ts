import { NormoscopeError } from '../../errors';
import type { ByteSource } from '../../tensor/byteSource';

/** What is not as archives are. */
export function malformed(message: string, at: number): NormoscopeError {
  return new NormoscopeError('malformed', `${message} (at byte ${at}).`, at);
}

/** Bytes beyond a source's end. */
export function beyond({ name, size }: Pick<ByteSource, 'name' | 'size'>, position: number, length: number): NormoscopeError {
  return new NormoscopeError('truncated', `${name} ends at byte ${size}; ${length} bytes from byte ${position} on were expected.`, size);
}

/** Bytes that are not those that were packed. */
export function damaged(name: string, expected: number, found: number): NormoscopeError {
  const hex = (crc: number) => crc.toString(16).padStart(8, '0');
  return new NormoscopeError('malformed', `The entry ${JSON.stringify(name)} is damaged: its checksum is ${hex(found)}, and the archive says ${hex(expected)}.`);
}
