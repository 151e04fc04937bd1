import type { NormalizeMethod } from '../normalize';
import { isApplicable, type Report } from '../report';

export const frameworkIds = ['pytorch', 'flax', 'keras', 'onnx'] as const;
export type FrameworkId = (typeof frameworkIds)[number];

export const frameworkLabels: Readonly<Record<FrameworkId, string>> = {
  pytorch: 'PyTorch',
  flax: 'JAX/Flax',
  keras: 'Keras',
  onnx: 'ONNX',
};

/** A method that there is code of. */
export interface CodeMethod {
  readonly id: NormalizeMethod;
  readonly label: string;
}

/** What of a report can be had as code, in the order of its methods: those that apply, and BatchNorm with running statistics. */
export function codeMethods({ methods, layout }: Pick<Report, 'methods' | 'layout'>): CodeMethod[] {
  const found = methods.filter(isApplicable).map(({ id, label }): CodeMethod => ({ id, label }));
  const batch = methods.findIndex(({ id }) => id === 'batch');
  if (batch < 0 || !layout.roles.includes('C')) return found;
  const place = found.findIndex(({ id }) => id === 'batch') + 1 || found.findIndex(({ id }) => id === 'layer') + 1;
  found.splice(place, 0, { id: 'batch-eval', label: 'BatchNorm, inference' });
  return found;
}
