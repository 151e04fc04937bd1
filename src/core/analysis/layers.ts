import type { TensorInfo } from '../tensor/tensor';
import { elementCount } from '../tensor/tensor';

/** A normalization layer of a checkpoint, told by the shapes and names of its tensors. Tensors are indices in the catalog. */
export interface NormalizationLayer {
  /** What its tensors' names begin with, without the separator: `layer1.0.bn1`. */
  readonly name: string;
  readonly kind: 'batch' | 'layer' | 'rms' | 'group' | 'instance';
  /** Elements of its weight, or of its running mean. */
  readonly features: number;
  readonly weight: number | null;
  readonly bias: number | null;
  readonly runningMean: number | null;
  readonly runningVar: number | null;
}

/** What a tensor of a layer is. */
export type Part = 'weight' | 'bias' | 'runningMean' | 'runningVar';

/** Last parts of names: PyTorch, Keras (`gamma:0` in older files), Flax, TensorFlow. */
const parts: Readonly<Record<string, Part>> = {
  weight: 'weight',
  gamma: 'weight',
  scale: 'weight',
  bias: 'bias',
  beta: 'bias',
  running_mean: 'runningMean',
  moving_mean: 'runningMean',
  mean: 'runningMean',
  running_var: 'runningVar',
  moving_variance: 'runningVar',
  var: 'runningVar',
};

/** A layer that keeps no running statistics is told by its name alone: `attn_norm`, `ln_1`, `LayerNorm`, `rmsnorm`. */
const normName = /norm|(^|[._/])ln(_?[a-z0-9]+)?$|(^|[._/])(rms|gn\d*)$/i;
const kindsByName: readonly (readonly [RegExp, NormalizationLayer['kind']])[] = [
  [/group_?norm|(^|[._/])gn\d*$/i, 'group'],
  [/instance_?norm/i, 'instance'],
  [/rms/i, 'rms'],
];

/**
 * The normalization layers among a catalog's tensors. BatchNorm by structure, whatever it is called: tensors of one axis and
 * one length that share a name and of which two are running statistics. Others by name, since a weight and a bias alone
 * could be anything's; without a bias they are RMSNorm's, or a LayerNorm's that was made without one.
 */
export function findLayers(tensors: readonly TensorInfo[]): NormalizationLayer[] {
  const found = new Map<string, Partial<Record<Part, number>>>();
  tensors.forEach(({ name, shape }, index) => {
    const layer = parentOf(name);
    const part = partNamed(name.slice(layer === '' ? 0 : layer.length + 1));
    if (part === undefined || shape.length !== 1) return;
    const known = found.get(layer) ?? {};
    if (known[part] === undefined) found.set(layer, { ...known, [part]: index });
  });
  return [...found].flatMap(([name, of]) => layerOf(name, of, tensors));
}

/** What is before the last separator of a name: `bn1` of `bn1.weight`; empty without one. */
export function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.'), name.lastIndexOf('/')));
}

/** The part that the last piece of a name stands for. */
export function partNamed(last: string): Part | undefined {
  return parts[last.replace(/:0$/, '').toLowerCase()];
}

function layerOf(name: string, of: Partial<Record<Part, number>>, tensors: readonly TensorInfo[]): NormalizationLayer[] {
  const indices = Object.values(of);
  const [features = 0, ...others] = indices.map((index) => elementCount(tensors[index]?.shape ?? []));
  if (others.some((other) => other !== features)) return [];
  const { weight = null, bias = null, runningMean = null, runningVar = null } = of;
  const layer = { name, features, weight, bias, runningMean, runningVar };
  if (runningMean !== null && runningVar !== null) return [{ ...layer, kind: 'batch' }];
  if (weight === null || !normName.test(name)) return [];
  const byName = kindsByName.find(([pattern]) => pattern.test(name))?.[1];
  return [{ ...layer, kind: byName ?? (bias === null ? 'rms' : 'layer') }];
}
