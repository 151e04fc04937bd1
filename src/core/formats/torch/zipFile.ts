import { NormoscopeError } from '../../errors';
import type { Limits } from '../../limits';
import { readBytes, type ByteSource } from '../../tensor/byteSource';
import { formatBytes } from '../../text/numbers';
import { unpickle } from '../pickle/machine';
import { readZipDirectory, type ZipEntry } from '../zip/directory';
import { entrySource } from '../zip/entrySource';
import type { Contents } from './contents';
import type { FindStorage } from './storage';

const pickleName = /^([^/]+\/)?data\.pkl$/;

/** Whether the names in an archive are those of a PyTorch file. */
export function isTorchArchive(entries: readonly string[]): boolean {
  return entries.some((name) => pickleName.test(name));
}

/**
 * What `torch.save` writes since PyTorch 1.6, and TorchScript: `data.pkl` and a record for each storage (`data/0`, …), all in
 * one folder. TorchScript has the constants of its code besides, in `constants.pkl` and `constants/0`, ….
 * @throws NormoscopeError for an archive or a pickle that cannot be read
 */
export async function openZip(source: ByteSource, limits: Limits, signal?: AbortSignal): Promise<Contents> {
  const directory = await readZipDirectory(source, limits, signal);
  const entries = new Map<string, ZipEntry | 'twice'>();
  for (const entry of directory.entries) entries.set(entry.name, entries.has(entry.name) ? 'twice' : entry);
  const main = directory.entries.find(({ name }) => pickleName.test(name))?.name ?? 'data.pkl';
  const folder = main.slice(0, -'data.pkl'.length);

  function opened(name: string): ByteSource {
    const entry = entries.get(name);
    if (entry === undefined) throw new NormoscopeError('malformed', `The archive has no entry ${JSON.stringify(name)}, which should have a part of the tensors.`);
    if (entry === 'twice') throw new NormoscopeError('refused', `The archive has more than one entry ${JSON.stringify(name)}, and programs differ in which they read.`);
    // PyTorch can leave out the checksums of records.
    return entrySource(source, directory, entry, { checked: false });
  }

  async function whole(name: string, most: number): Promise<Uint8Array> {
    const record = opened(name);
    if (record.size > most) throw new NormoscopeError('too-large', `The entry ${JSON.stringify(name)} has ${formatBytes(record.size)}; at most ${formatBytes(most)} are read.`);
    return readBytes(record, 0, record.size, signal);
  }

  /** A small record of text; null when there is none. */
  async function note(name: string): Promise<string | null> {
    if (!entries.has(folder + name)) return null;
    const bytes = await whole(folder + name, 256);
    return String.fromCharCode(...bytes).trim();
  }

  const byteorder = await note('byteorder');
  if (byteorder !== null && byteorder !== 'little' && byteorder !== 'big') {
    throw new NormoscopeError('unsupported', `The record "byteorder" of ${source.name} says ${JSON.stringify(byteorder)}; "little" and "big" are read.`);
  }
  const finder = (records: string): FindStorage => ({ key }) => {
    const name = `${folder}${records}/${key}`;
    return { open: () => opened(name), bytes: opened(name).size, littleEndian: byteorder !== 'big', label: `the record ${JSON.stringify(name)}` };
  };

  const data = unpickle(await whole(main, limits.pickleBytes), main);
  const roots = [{ value: data.value, prefix: [], find: finder('data') }];
  const globals: [string, typeof data.globals][] = [[main, data.globals]];
  const metadata = {
    container: entries.has(`${folder}constants.pkl`) ? 'TorchScript' : 'zip',
    version: (await note('version')) ?? (await note('.data/version')),
    ...(byteorder === null ? {} : { byteorder }),
  };
  if (!entries.has(`${folder}constants.pkl`)) return { roots, globals, metadata };
  const name = `${folder}constants.pkl`;
  const constants = unpickle(await whole(name, limits.pickleBytes), name);
  return {
    roots: [...roots, { value: constants.value, prefix: ['constants'], find: finder('constants') }],
    globals: [...globals, [name, constants.globals]],
    metadata,
  };
}
