import type { Engine, Grouping } from '../engine/engine';
import { groupCount, groupSteps } from '../engine/grouping';
import type { Mask } from '../engine/mask';
import type { MomentTable } from '../engine/moments';
import { NormoscopeError } from '../errors';
import type { OpenFile } from '../formats/format';
import type { Limits } from '../limits';
import type { DType } from '../tensor/dtype';
import type { Layout } from '../tensor/layout';
import { elementCount } from '../tensor/tensor';
import { counted, formatNumber, formatShape } from '../text/numbers';
import { readFlags, type Flags } from './flags';
import { readValues, type Values } from './values';

/**
 * What says which positions are padding. `from` is a tensor of the same file by its index, or what was read of another.
 * Of a mask what is not zero counts, as in Hugging Face's `attention_mask`; `inverted`: what is zero, as in PyTorch's
 * `key_padding_mask`. Lengths are one for each sample, over the axis T. `pad-value`: the positions at the end of T all of
 * whose elements are equal to the value, found for each sample.
 */
export type MaskRequest =
  | { readonly kind: 'mask'; readonly from: number | Flags; readonly inverted?: boolean }
  | { readonly kind: 'lengths'; readonly from: number | Values }
  | { readonly kind: 'pad-value'; readonly value: number };

/** The tensor that is masked. */
export interface MaskedTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly layout: Layout;
}

/** Where a mask's own tensor is read. */
export interface MaskReading {
  readonly file: OpenFile;
  readonly engine: Engine;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

/** What a request asks for, in words: `lengths`, `an inverted mask`, `trailing positions equal to 0`. */
export function maskText(request: MaskRequest): string {
  if (request.kind === 'lengths') return 'lengths';
  if (request.kind === 'pad-value') return `trailing positions equal to ${formatNumber(request.value)}`;
  return request.inverted === true ? 'an inverted mask' : 'a mask';
}

/**
 * A mask by a request.
 * @param momentsOf the tensor's moments by a grouping, asked for where trailing positions are looked for
 * @throws NormoscopeError `usage` for a mask that does not fit the tensor, `too-large` for one beyond the limits; as the reading does
 */
export async function resolveMask(
  tensor: MaskedTensor,
  request: MaskRequest,
  { file, engine, limits, signal }: MaskReading,
  momentsOf: (grouping: Grouping) => Promise<MomentTable>,
): Promise<Mask> {
  if (request.kind === 'mask') {
    const flags = typeof request.from === 'number' ? await readFlags(file, engine, request.from, limits, signal) : request.from;
    return maskOf(tensor, flags, request.inverted === true);
  }
  const grouping = positionGrouping(tensor, request.kind, limits);
  if (request.kind === 'pad-value') return trailingMask(tensor, grouping, await momentsOf(grouping), request.value);
  const lengths = typeof request.from === 'number' ? await readValues(file, engine, request.from, limits, signal) : request.from;
  return lengthsMask(tensor, grouping, lengths);
}

/** Samples by time steps. */
function positionGrouping({ shape, layout }: MaskedTensor, kind: 'lengths' | 'pad-value', { maskPositions }: Limits): Grouping {
  if (!layout.roles.includes('T')) {
    const what = kind === 'lengths' ? 'Lengths count' : 'Trailing positions lie';
    throw new NormoscopeError('usage', `${what} along a time axis T; the layout "${layout.roles}" has none.`);
  }
  const grouping = { kept: [...layout.roles].map((role) => role === 'N' || role === 'T') };
  const positions = groupCount(shape, grouping);
  if (positions > maskPositions) {
    throw new NormoscopeError('too-large', `The mask would have ${counted(positions, 'position')}; at most ${counted(maskPositions, 'position')} are kept in memory.`);
  }
  return grouping;
}

function maskOf(tensor: MaskedTensor, { shape: given, counts }: Flags, inverted: boolean): Mask {
  const { shape } = tensor;
  const axes = axesOf(tensor, given);
  const kept = shape.map((_, axis) => axes.includes(axis));
  const flags = inRowMajor(shape, axes, counts);
  return { kept, counts: inverted ? flags.map((flag) => 1 - flag) : flags };
}

/**
 * Which axes of the tensor a mask lies over, in its own order; an axis of a single flag for all is left out.
 * @throws NormoscopeError `usage` for a shape that fits nowhere
 */
function axesOf({ shape, layout }: MaskedTensor, given: readonly number[]): readonly number[] {
  const all = shape.map((_, axis) => axis);
  const fits = (axes: readonly number[]) => axes.length === given.length && axes.every((axis, place) => shape[axis] === given[place]);
  if (given.length === shape.length && given.every((size, axis) => size === shape[axis] || size === 1)) {
    return all.filter((axis) => given[axis] !== 1);
  }
  const samples = all.filter((axis) => layout.roles[axis] === 'N');
  const time = all.filter((axis) => layout.roles[axis] === 'T');
  const found = [[...samples, ...time], samples, all.slice(0, given.length)].find(fits);
  if (found !== undefined && given.length > 0) return found;
  const sizes = [...samples, ...time].map((axis) => shape[axis] ?? 0);
  const byPosition = sizes.length === 0 ? '' : `${asTuple(sizes)} by the axes ${[...samples, ...time].map((axis) => layout.roles[axis]).join(', ')}, `;
  throw new NormoscopeError('usage', `The mask has the shape ${asTuple(given)}; ${byPosition}the leading axes of ${formatShape(shape)}, or that with axes of 1, is expected.`);
}

/** Flags of the axes in a mask's order as flags of the same axes in the tensor's. */
function inRowMajor(shape: readonly number[], axes: readonly number[], flags: Uint8Array): Uint8Array {
  if (axes.every((axis, place) => place === 0 || axis > (axes[place - 1] ?? 0))) return flags;
  const { strides } = groupSteps(shape, { kept: shape.map((_, axis) => axes.includes(axis)) });
  const moved = new Uint8Array(flags.length);
  for (let from = 0; from < flags.length; from++) {
    let rest = from;
    let to = 0;
    for (let place = axes.length - 1; place >= 0; place--) {
      const axis = axes[place] ?? 0;
      const size = shape[axis] ?? 1;
      to += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    moved[to] = flags[from] ?? 0;
  }
  return moved;
}

/** @param grouping samples by time steps */
function lengthsMask({ shape, layout }: MaskedTensor, grouping: Grouping, { shape: given, values }: Values): Mask {
  const samples = shape.filter((_, axis) => layout.roles[axis] === 'N');
  const count = elementCount(samples);
  const isSame = given.length === samples.length && given.every((size, place) => size === samples[place]);
  if (!isSame && !(given.length <= 1 && values.length === count)) {
    throw new NormoscopeError('usage', `The lengths have the shape ${asTuple(given)}; one for each sample, ${asTuple(samples.length === 0 ? [1] : samples)}, is expected.`);
  }
  const steps = shape[layout.roles.indexOf('T')] ?? 0;
  const wrong = values.findIndex((length) => !(Number.isInteger(length) && length >= 0 && length <= steps));
  if (wrong >= 0) throw new NormoscopeError('usage', `Length ${wrong} is ${values[wrong]}; a whole number from 0 to ${steps} is expected.`);
  const counts = new Uint8Array(count * steps);
  eachSequence({ shape, layout }, (sample, first, stride) => {
    for (let step = 0; step < (values[sample] ?? 0); step++) counts[first + step * stride] = 1;
  });
  return { ...grouping, counts };
}

/**
 * @param grouping samples by time steps
 * @param table moments of each of them: one is all of a value where its least and its greatest element are, and none is not finite
 */
function trailingMask({ shape, dtype, layout }: MaskedTensor, grouping: Grouping, table: MomentTable, given: number): Mask {
  // As the file holds it: 0.1 is no float32.
  const value = dtype === 'float32' ? Math.fround(given) : given;
  const steps = shape[layout.roles.indexOf('T')] ?? 0;
  const elements = elementCount(shape) / table.size;
  const counts = new Uint8Array(table.size).fill(1);
  const isInfinite = value === Infinity ? table.posInf : value === -Infinity ? table.negInf : null;
  eachSequence({ shape, layout }, (_, first, stride) => {
    for (let position = first + (steps - 1) * stride; position >= first; position -= stride) {
      const isPadding =
        isInfinite === null
          ? table.count[position] === elements && table.min[position] === value && table.max[position] === value
          : isInfinite[position] === elements;
      if (!isPadding) break;
      counts[position] = 0;
    }
  });
  return { ...grouping, counts };
}

/** Visits every sample (row-major over the axes N) with the position of its first time step and the distance of the next. */
function eachSequence(
  { shape, layout }: Pick<MaskedTensor, 'shape' | 'layout'>,
  visit: (sample: number, first: number, stride: number) => void,
): void {
  const sizes = shape.filter((_, axis) => 'NT'.includes(layout.roles[axis] ?? ''));
  const time = [...layout.roles.replace(/[^NT]/g, '')].indexOf('T');
  const stride = elementCount(sizes.slice(time + 1));
  const samples = elementCount(sizes.filter((_, axis) => axis !== time));
  for (let sample = 0; sample < samples; sample++) {
    visit(sample, Math.floor(sample / stride) * stride * (sizes[time] ?? 0) + (sample % stride), stride);
  }
}

/** As NumPy writes a shape: `(64,)`. */
function asTuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : formatShape(shape);
}
