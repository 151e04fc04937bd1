import assert from 'node:assert/strict';
import { NormoscopeError } from '../../src/core/errors';
import { openFile } from '../../src/core/formats/registry';
import { defaultLimits } from '../../src/core/limits';
import type { ByteSource } from '../../src/core/tensor/byteSource';
import { memorySource } from '../../src/core/tensor/memorySource';
import { elementCount, unitOf, type TensorData } from '../../src/core/tensor/tensor';
import { withHdf5 } from './hdf5';
import { engines } from './tensors';

/** Numbers from a seed (linear congruences): the same in every run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A source that fails the test when more is asked for than the file has: nobody may allocate by what a header claims. */
export function bounded(name: string, bytes: Uint8Array): ByteSource {
  const source = withHdf5(memorySource(name, bytes));
  return {
    ...source,
    read(position, target, signal) {
      assert.ok(Number.isSafeInteger(position) && position >= 0, `position ${position}`);
      assert.ok(position + target.length <= bytes.length, `${target.length} bytes at ${position} of ${bytes.length}`);
      return source.read(position, target, signal);
    },
    readSync(position, target) {
      assert.ok(position >= 0 && position + target.length <= bytes.length, `${target.length} bytes at ${position} of ${bytes.length}`);
      source.readSync?.(position, target);
    },
  };
}

/** Longest that one file of some kilobytes may take, whatever is wrong with it and however busy the machine is: milliseconds of a processor. */
const longest = 3000;
/** Bytes of a tensor up to which all of it is read in a search for faults. Of more, the two ends are. */
const fewBytes = 1 << 22;

/** Opens a file and reads every tensor of it; only our own sentences may come out, and soon. */
export async function survives(name: string, bytes: Uint8Array): Promise<void> {
  const start = process.cpuUsage();
  try {
    const file = await openFile(bounded(name, bytes), defaultLimits);
    for (const [index, info] of file.catalog.tensors.entries()) {
      assert.ok(info.shape.every((size) => Number.isSafeInteger(size) && size >= 0), `shape [${info.shape.join(', ')}]`);
      assert.ok(info.shape.length <= defaultLimits.rank || info.status !== 'readable');
      assert.equal(info.reason === null, info.status === 'readable');
      if (info.status !== 'readable') {
        assert.throws(() => file.tensor(index), NormoscopeError);
        continue;
      }
      await readTensor(file, index, info.bytes <= fewBytes);
    }
  } catch (error) {
    sentence(error);
  }
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < longest * 1000, `${name} took ${Math.round((user + system) / 1000)} ms`);
}

async function readTensor(file: Awaited<ReturnType<typeof openFile>>, index: number, whole: boolean): Promise<void> {
  // One bad tensor never costs the others.
  const data = orSentence(() => file.tensor(index));
  if (data === undefined || elementCount(data.shape) === 0) return;
  const items = Math.ceil(elementCount(data.shape) / unitOf(data.encoding));
  // The end before the beginning: what is compressed is remembered from one reading to the next, and must not be for another place.
  const middle = whole ? items >> 1 : items - 1;
  const end = await read(data, middle, items);
  const first = await read(data, 0, 1);
  if (!whole) return;
  const all = await read(data, 0, items);
  if (all === undefined) return;
  if (end !== undefined) assert.deepEqual(end, all.subarray(middle * data.encoding.stride), 'its second half, read first');
  if (first !== undefined) assert.deepEqual(first, all.subarray(0, data.encoding.stride), 'its first item, read alone');
  const [engine] = engines();
  const moments = await engine?.moments(data, []).catch(sentence);
  if (!moments) return;
  const { count, nan, posInf, negInf } = moments.overall;
  // Whatever was wrong, there is a number for each element that the header tells of, and for no others.
  assert.equal([count, nan, posInf, negInf].reduce((sum, column) => sum + (column[0] ?? 0), 0), elementCount(data.shape));
}

/** Bytes of some items, or undefined where they cannot be read. */
async function read(data: TensorData, from: number, to: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array((to - from) * data.encoding.stride);
  try {
    await data.read(from * unitOf(data.encoding), bytes);
    return bytes;
  } catch (error) {
    sentence(error);
    return undefined;
  }
}

function orSentence<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    sentence(error);
    return undefined;
  }
}

function sentence(error: unknown): void {
  if (!(error instanceof NormoscopeError)) throw error;
  assert.notEqual(error.code, 'internal', error.message);
  assert.ok(error.message.length < 1000);
}

/** What a length field may be made to say. */
const lengths = [0n, 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 32n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n];

/** What a length field is made to say, one after the other. */
const claims = [0n, 1n, 1n << 31n, 1n << 32n, 1n << 53n, (1n << 63n) - 1n];

/**
 * Every length that a header could have, made to say every one of `claims`: each window of 4 and of 8 bytes, in either byte order.
 * @param most files, evenly spread over all that there are
 */
export function* claiming(original: Uint8Array, most: number): Generator<Uint8Array> {
  const cases = original.length * claims.length * 4;
  const step = Math.max(1, cases / most);
  for (let next = 0; next < cases; next += step) {
    const choice = Math.floor(next) % (claims.length * 4);
    const at = Math.floor(Math.floor(next) / (claims.length * 4));
    const width = choice % 2 === 0 ? 8 : 4;
    if (at + width > original.length) continue;
    const bytes = Uint8Array.from(original);
    const claim = claims[choice >> 2] ?? 0n;
    const view = new DataView(bytes.buffer);
    if (width === 8) view.setBigUint64(at, claim, (choice & 2) === 0);
    else view.setUint32(at, Number(claim > 0xffffffffn ? 0xffffffffn : claim), (choice & 2) === 0);
    yield bytes;
  }
}

/** A mutation of `original`: bits flipped, a length written over (either width and byte order), a byte replaced, bytes cut out or off. */
export function mutated(original: Uint8Array, next: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from(original);
  const view = new DataView(bytes.buffer);
  // Headers lie at either end of a file.
  const place = (width: number) => {
    const last = Math.max(1, bytes.length - width + 1);
    const near = Math.min(last, 2048);
    return next(3) === 0 ? last - 1 - next(near) : next(near);
  };
  switch (next(6)) {
    case 0:
    case 1:
      for (let flips = 1 + next(3); flips > 0; flips--) {
        const at = place(1);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8));
      }
      return bytes;
    case 2: {
      const wide = next(2) === 0;
      if (bytes.length < 8) return bytes;
      const at = place(8);
      const length = lengths[next(lengths.length)] ?? 0n;
      if (wide) view.setBigUint64(at, length, next(4) > 0);
      else view.setUint32(at, Number(length & 0xffffffffn), next(4) > 0);
      return bytes;
    }
    case 3:
      bytes[place(1)] = next(256);
      return bytes;
    case 4: {
      const at = place(1);
      const cut = 1 + next(16);
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + cut)]);
    }
    default:
      return bytes.subarray(0, next(bytes.length));
  }
}
