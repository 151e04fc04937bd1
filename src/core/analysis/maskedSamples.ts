import { groupSteps } from '../engine/grouping';
import type { Mask } from '../engine/mask';
import { elementCount } from '../tensor/tensor';

/** Whether an element counts, by its logical (row-major) index. */
export function countsAt(shape: readonly number[], { kept, counts }: Mask): (index: number) => boolean {
  const { strides } = groupSteps(shape, { kept });
  return (index) => {
    let rest = index;
    let position = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      position += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return counts[position] === 1;
  };
}

/**
 * The mask of some consecutive samples of a tensor whose first axes are its samples, for those as a tensor of (samples, …).
 * @param shape of the whole tensor
 * @param batchAxes how many axes its samples are over
 * @param most positions that a mask may have
 * @returns null where it would have more
 */
export function maskOfSamples(shape: readonly number[], batchAxes: number, mask: Mask, first: number, count: number, most: number): Mask | null {
  const own = mask.kept.slice(batchAxes);
  const ofBatch = mask.kept.slice(0, batchAxes);
  if (!ofBatch.includes(true)) return { kept: [false, ...own], counts: mask.counts };
  const positions = elementCount(shape.filter((_, axis) => axis >= batchAxes && mask.kept[axis] === true));
  const kept = [true, ...own];
  if (!ofBatch.includes(false)) return { kept, counts: mask.counts.subarray(first * positions, (first + count) * positions) };
  if (count * positions > most) return null;
  const { strides } = groupSteps(shape.slice(0, batchAxes), { kept: ofBatch });
  const counts = new Uint8Array(count * positions);
  for (let sample = 0; sample < count; sample++) {
    let rest = first + sample;
    let place = 0;
    for (let axis = batchAxes - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      place += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    counts.set(mask.counts.subarray(place * positions, (place + 1) * positions), sample * positions);
  }
  return { kept, counts };
}
