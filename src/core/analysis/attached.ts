import { keep } from '../engine/normalizations/axes';
import type { MethodId, NormalizationOptions } from '../engine/normalizations/normalization';
import { normalizations } from '../engine/normalizations/registry';
import { toErrorData } from '../errors';
import { inferLayout, parseLayout, type Layout } from '../tensor/layout';
import { elementCount, type TensorInfo } from '../tensor/tensor';
import { parentOf, partNamed, type Part } from './layers';
import type { NormalizeMethod } from './normalize';
import { parameterGrouping } from './parameters';

/** What another tensor can be to the one that is looked at. */
export const attachedRoles = ['weight', 'bias', 'runningMean', 'runningVar', 'mask', 'lengths', 'gradient'] as const;
export type AttachedRole = (typeof attachedRoles)[number];

/** For people. */
export const roleLabels: Readonly<Record<AttachedRole, string>> = {
  weight: 'γ',
  bias: 'β',
  runningMean: 'running mean',
  runningVar: 'running variance',
  mask: 'mask',
  lengths: 'lengths',
  gradient: 'upstream gradient',
};

/** The tensor that others are attached to, and how it is normalized. */
export interface Target extends NormalizationOptions {
  readonly shape: readonly number[];
  /** Role letters; absent: inferred. */
  readonly layout?: string | undefined;
}

/** Tensors of a catalog whose names pair with that of another, by their places; and the methods that γ and β are of. */
export interface PairedParameters extends Partial<Readonly<Record<Part, number>>> {
  readonly methods?: readonly MethodId[];
}

/**
 * γ, β and running statistics that stand beside a tensor: `x.weight` or `x_gamma` beside `x`, `bn1.running_mean` beside
 * `bn1.input`. A pair of running statistics, or a γ, has to be among them: a bias alone is anything's; and the tensor is no part of
 * a layer itself. Running statistics make the layer a BatchNorm.
 */
export function pairedParameters(tensors: readonly TensorInfo[], index: number, target: Target): PairedParameters {
  const name = tensors[index]?.name ?? '';
  const layout = layoutOf(target);
  if (name === '' || layout === null || isPart(name)) return {};
  const all = { ...besides(tensors, parentOf(name), index), ...besides(tensors, name, index) };
  const channels = target.shape[layout.roles.indexOf('C')] ?? 0;
  const size = (part: Part) => (all[part] === undefined ? -1 : elementCount(tensors[all[part]]?.shape ?? []));
  const running = size('runningMean') === channels && size('runningVar') === channels && channels > 0;
  const methods = methodsFor(target, layout, running, size('weight'));
  const { weight, bias, runningMean, runningVar } = all;
  return {
    ...(running ? { runningMean, runningVar } : {}),
    ...(methods.length > 0 && { weight, methods, ...(bias !== undefined && size('bias') === size('weight') && { bias }) }),
  };
}

/** The methods that a γ of so many elements is of; none where it does not fit. */
function methodsFor(target: Target, layout: Layout, running: boolean, size: number): MethodId[] {
  const fitting = [...expectedSizes(target, layout)].flatMap(([id, expected]) => (expected === size ? [id] : []));
  if (running) return fitting.filter((id) => id === 'batch');
  // Without running statistics it is a BatchNorm's least of all.
  const along = fitting.filter((id) => id === 'layer' || id === 'rms');
  return along.length > 0 ? along : fitting.filter((id) => id !== 'batch');
}

/** Elements of γ by method. */
function expectedSizes({ shape, ...options }: Target, layout: Layout): Map<MethodId, number> {
  const sizes = new Map<MethodId, number>();
  for (const { id, weightOver, plan } of normalizations) {
    try {
      const result = plan(shape, layout, options);
      if ('notApplicable' in result) continue;
      const { kept } = parameterGrouping(shape, layout, weightOver === 'reduced' ? result.reducedAxes : null);
      sizes.set(id, elementCount(shape.filter((_, axis) => kept[axis])));
    } catch (error) {
      // Options that the shape cannot have are told when it is analyzed.
      if (toErrorData(error).code !== 'usage') throw error;
    }
  }
  return sizes;
}

/** Whether a name is that of a layer's own tensor. */
export function isPart(name: string): boolean {
  const last = name.slice(parentOf(name).length).replace(/^[./]/, '');
  return partNamed(last) !== undefined || /^(kernel|embeddings?|depthwise_kernel|pointwise_kernel)(:0)?$/i.test(last);
}

/** Parts whose names begin with a stem and a separator. */
function besides(tensors: readonly TensorInfo[], stem: string, except: number): Partial<Record<Part, number>> {
  const found: Partial<Record<Part, number>> = {};
  tensors.forEach(({ name, status }, index) => {
    if (index === except || status !== 'readable' || !name.startsWith(stem)) return;
    const rest = name.slice(stem.length);
    const last = stem === '' ? rest : /^[./_]/.test(rest) ? rest.slice(1) : '';
    const part = partNamed(last);
    if (part !== undefined) found[part] ??= index;
  });
  return found;
}

/** The part of the same layer that goes with a tensor: β with γ, the running variance with the running mean. */
export function partnerOf(tensors: readonly TensorInfo[], index: number, wanted: Part): number | null {
  const tensor = tensors[index];
  if (tensor === undefined) return null;
  const partner = besides(tensors, parentOf(tensor.name), index)[wanted];
  return partner !== undefined && elementCount(tensors[partner]?.shape ?? []) === elementCount(tensor.shape) ? partner : null;
}

/** Whether a tensor of this shape can be attached in a role, by its shape. What it holds is looked at when it is read. */
export function fitsRole(role: AttachedRole, shape: readonly number[], target: Target): boolean {
  const layout = layoutOf(target);
  if (layout === null) return false;
  const own = target.shape;
  const sizesOf = (letters: string) => own.filter((_, axis) => letters.includes(layout.roles[axis] ?? ' '));
  switch (role) {
    case 'weight':
    case 'bias':
      return [...expectedSizes(target, layout).values()].includes(elementCount(shape));
    case 'runningMean':
    case 'runningVar':
      return elementCount(shape) === elementCount(own.filter((_, axis) => keep(layout, 'C')[axis])) && layout.roles.includes('C');
    case 'gradient':
      return same(shape, own);
    case 'lengths':
      return layout.roles.includes('T') && elementCount(shape) === elementCount(sizesOf('N'));
    case 'mask':
      return shape.length > 0 && (same(shape, sizesOf('NT')) || same(shape, own.slice(0, shape.length)) || (shape.length === own.length && shape.every((size, axis) => size === 1 || size === own[axis])));
  }
}

/**
 * Whether what is attached in a role takes part in normalizing by a method, as the page shows it.
 * @param affine methods whose output γ and β are in, of the report
 */
export function takesPart(role: AttachedRole, method: NormalizeMethod, affine: readonly MethodId[]): boolean {
  switch (role) {
    case 'weight':
    case 'bias':
      return affine.includes(method === 'batch-eval' ? 'batch' : method);
    case 'runningMean':
    case 'runningVar':
      return method === 'batch-eval';
    case 'mask':
    case 'lengths':
      return method !== 'batch-eval';
    case 'gradient':
      return false;
  }
}

/** Null for letters that the shape cannot have: that is told when it is analyzed. */
function layoutOf({ shape, layout }: Target): Layout | null {
  try {
    return layout === undefined ? inferLayout(shape) : parseLayout(layout, shape);
  } catch {
    return null;
  }
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}
