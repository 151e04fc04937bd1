import { NormoscopeError } from '../errors';
import type { ByteSource } from '../tensor/byteSource';

/**
 * Another file of the folder of `source`, opened for each read and closed behind it: of hundreds of shards none is held open.
 * Each read makes sure, before and behind it, that the file is still the one that was first opened.
 * @throws NormoscopeError as `ByteSource.sibling`
 */
export async function siblingSource(source: ByteSource, relativePath: string): Promise<ByteSource> {
  const first = await source.sibling(relativePath);
  const { name, size, identity, unpacking } = first;
  await first.close();

  async function opened<T>(work: (file: ByteSource) => Promise<T>): Promise<T> {
    const file = await source.sibling(relativePath);
    try {
      if (file.identity !== identity) {
        throw new NormoscopeError('changed', `${name} was written to or replaced while ${source.name} was being read.`);
      }
      const result = await work(file);
      await file.verify();
      return result;
    } finally {
      await file.close();
    }
  }

  return {
    name,
    size,
    identity,
    ...(unpacking === undefined ? {} : { unpacking }),
    read: (position, target, signal) => opened((file) => file.read(position, target, signal)),
    verify: () => opened(() => Promise.resolve()),
    sibling: (further) =>
      Promise.reject(new NormoscopeError('refused', `${name} refers to a further file, ${JSON.stringify(further.slice(0, 80))}; of a shard none is read.`)),
    close: () => Promise.resolve(),
  };
}
