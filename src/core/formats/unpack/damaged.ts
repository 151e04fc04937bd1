import { NormoscopeError } from '../../errors';

/**
 * The errors of an unpacker.
 * @param packing `gzip`, `LZ4`
 * @returns of what was found, the whole sentence: NormoscopeError `malformed`
 */
export function damagedBy(packing: string): (what: string) => NormoscopeError {
  return (what) => new NormoscopeError('malformed', `A compressed stretch (${packing}) is damaged: ${what}.`);
}
