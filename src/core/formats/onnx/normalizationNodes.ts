/** Attributes of a node that are of interest: numbers, lists of at most 8, texts. */
export type AttributeValue = number | string | readonly number[];

/** A node that normalizes, as the model has it: what one needs to find its weights, and eps. */
export interface NormalizationNode {
  /** `BatchNormalization`; with the domain before it where that is not ONNX's own: `com.microsoft.SkipLayerNormalization`. */
  readonly op: string;
  readonly node: string;
  /** Of the subgraph that it is in; absent in the model's own graph. */
  readonly path?: string;
  /** Names of the first 8: `''` for one that is left out. */
  readonly inputs: readonly string[];
  /** The first. */
  readonly output: string;
  /** With the operator's own values for those that the node does not give. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const withEps = { epsilon: 1e-5 };
const lastAxis = { axis: -1, epsilon: 1e-5 };

/** By the operator, what its attributes are where a node does not give them (ONNX's and ONNX Runtime's documentation of operators). */
const defaults: Readonly<Record<string, Readonly<Record<string, AttributeValue>>>> = {
  BatchNormalization: { epsilon: 1e-5, momentum: 0.9 },
  GroupNormalization: withEps,
  InstanceNormalization: withEps,
  LayerNormalization: lastAxis,
  LpNormalization: { axis: -1, p: 2 },
  MeanVarianceNormalization: { axes: [0, 2, 3] },
  RMSNormalization: lastAxis,
  SimplifiedLayerNormalization: lastAxis,
  'com.microsoft.GroupNorm': withEps,
  'com.microsoft.EmbedLayerNormalization': { epsilon: 1e-12 },
  'com.microsoft.SkipGroupNorm': withEps,
  'com.microsoft.SkipLayerNormalization': { epsilon: 1e-12 },
  'com.microsoft.SkipSimplifiedLayerNormalization': { epsilon: 1e-12 },
};

/** The operator with its domain, which is left out of ONNX's own. */
export function operatorName(domain: string, op: string): string {
  return domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`;
}

/** Null for an operator that normalizes nothing. */
export function normalizationDefaults(operator: string): Readonly<Record<string, AttributeValue>> | null {
  return Object.hasOwn(defaults, operator) ? (defaults[operator] ?? null) : null;
}

/** A float32 as people wrote it: the shortest decimal that rounds to it. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}
