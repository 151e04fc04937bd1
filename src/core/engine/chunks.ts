import { throwIfCancelled } from '../errors';
import { itemBytes, type TensorData } from '../tensor/tensor';

/** A stretch of consecutive elements in storage order. It begins with an item, where items hold several. */
export interface Stretch {
  readonly first: number;
  readonly count: number;
}

/** A tensor whose elements all lie side by side, `elements` at a time. */
export function* stretches(total: number, elements: number): Generator<Stretch> {
  for (let first = 0; first < total; first += elements) yield { first, count: Math.min(elements, total - first) };
}

/**
 * About one element in `every`, as whole stretches spread evenly. Where in its stride each lies varies (a fixed hash of
 * its number), so that no row length of the tensor falls into step with it.
 */
export function* sampledStretches(total: number, elements: number, every: number): Generator<Stretch> {
  const stride = elements * every;
  for (let start = 0, index = 0; start < total; start += stride, index++) {
    const hash = Math.imul(index + 1, 0x9e3779b1) >>> 0;
    const first = start + (hash % every) * elements;
    if (first < total) yield { first, count: Math.min(elements, total - first) };
  }
}

/**
 * Reads stretches one after the other and hands each to `work`; the next is being read while one is worked on.
 * @param work gets the raw bytes of the stretch; they are overwritten after it returns, or its promise is fulfilled
 * @throws NormoscopeError `cancelled` between stretches; whatever `data.read` throws
 */
export async function forEachStretch(
  data: TensorData,
  list: Iterable<Stretch>,
  signal: AbortSignal | undefined,
  work: (bytes: Uint8Array, stretch: Stretch) => void | Promise<void>,
): Promise<void> {
  const buffers: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  const read = (stretch: Stretch, slot: 0 | 1) => {
    const length = itemBytes(data.encoding, stretch.count);
    if (buffers[slot].length < length) buffers[slot] = new Uint8Array(length);
    const target = buffers[slot].subarray(0, length);
    return data.read(stretch.first, target, signal).then(() => ({ stretch, target }));
  };
  const iterator = list[Symbol.iterator]();
  let slot: 0 | 1 = 0;
  const begin = () => {
    const next = iterator.next();
    if (next.done) return null;
    const pending = read(next.value, slot);
    // Awaited in the next round; should this round fail first, its failure is the one that is told.
    pending.catch(() => undefined);
    slot = slot === 0 ? 1 : 0;
    return pending;
  };
  throwIfCancelled(signal);
  let pending = begin();
  while (pending !== null) {
    const { stretch, target } = await pending;
    throwIfCancelled(signal);
    pending = begin();
    await work(target, stretch);
  }
}
