import type { CodeRequest } from './code';
import { tuple } from './python';

type Affine = Pick<CodeRequest, 'method' | 'shape' | 'roles' | 'reducedAxes' | 'given'>;

const names = ['weight', 'bias'] as const;

/** Those of `weight` and `bias` that a snippet is given. */
export function givenNames({ given }: Affine): readonly (typeof names)[number][] {
  return given === undefined ? [] : names.filter((name) => given[name]);
}

/** Sizes of γ and β: of the reduced axes for LayerNorm and RMSNorm, of the channels for the others. */
export function parameterShape({ method, shape, roles, reducedAxes }: Affine): readonly number[] {
  return parameterAxes({ method, roles, reducedAxes }).map((axis) => shape[axis] ?? 0);
}

/** `# weight and bias: (768,)`; null where neither is given. */
export function parameterComment(request: Affine, qualifier = ''): string | null {
  const given = givenNames(request);
  return given.length === 0 ? null : `# ${given.join(' and ')}: ${tuple(parameterShape(request))}${qualifier}`;
}

/** The tensor's own axes with 1 where γ and β have none: what they are reshaped to, to be multiplied with. */
export function broadcastShape(request: Affine): readonly number[] {
  const axes = parameterAxes(request);
  return request.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
}

function parameterAxes({ method, roles, reducedAxes }: Pick<Affine, 'method' | 'roles' | 'reducedAxes'>): readonly number[] {
  return method === 'layer' || method === 'rms' ? reducedAxes : [roles.indexOf('C')];
}
