import fs from 'node:fs';
import { normalizationCode, type GivenNames } from '../../src/core/analysis/code/code';
import { frameworkIds, type FrameworkId } from '../../src/core/analysis/code/methods';
import { normalizeMethods, type NormalizeMethod } from '../../src/core/analysis/normalize';
import type { NormalizationOptions } from '../../src/core/engine/normalizations/normalization';
import { normalization } from '../../src/core/engine/normalizations/registry';
import type { DType } from '../../src/core/tensor/dtype';
import { parseLayout } from '../../src/core/tensor/layout';
import { inProject } from './root';

/** A tensor, what is asked of it, and the code of each framework that `test/fixtures/code/check.py` runs where it can. */
export interface CodeCase {
  /** An input of `test/fixtures/apply`, whose outputs are known; null where the script works them out by the definition. */
  readonly input: string | null;
  readonly shape: readonly number[];
  readonly layout: string;
  readonly dtype: DType;
  readonly eps: number;
  readonly method: NormalizeMethod;
  /** For the definition: logical axes that LayerNorm and RMSNorm reduce, and GroupNorm's groups. */
  readonly reducedAxes: readonly number[];
  readonly numGroups: number;
  /** Which of γ and β are in it, as `weight` and `bias`; null: none. */
  readonly given: GivenNames | null;
  readonly code: Readonly<Record<FrameworkId, string>>;
}

interface Tensor {
  readonly input: string | null;
  readonly shape: readonly number[];
  readonly layout: string;
  readonly dtype: DType;
  readonly eps: number;
  readonly options: NormalizationOptions;
}

interface Applied {
  readonly eps: number;
  readonly inputs: Readonly<Record<string, { readonly layout: string; readonly options: NormalizationOptions }>>;
}

/**
 * Of `test/fixtures/apply`: shape and type, which its list leaves to the files. Left out: a group with a NaN, which
 * frameworks make all NaN, and an offset of 1e6, beside which they lose eight digits.
 */
const applied: Readonly<Record<string, readonly [readonly number[], DType]>> = {
  nc: [[13, 11], 'float32'],
  ntc: [[3, 5, 7], 'float32'],
  nchw: [[3, 6, 5, 3], 'float32'],
  nhwc: [[2, 3, 5, 6], 'float64'],
  fortran: [[3, 6, 3, 5], 'float32'],
  'fortran-float64': [[2, 6, 5, 3], 'float64'],
  one: [[1, 1], 'float32'],
  'constant-channel': [[2, 6, 3, 3], 'float64'],
  float16: [[5, 3, 8], 'float16'],
  int16: [[11, 8], 'int16'],
};

/** Axes where no framework wants them. */
const moved: readonly Omit<Tensor, 'input' | 'dtype'>[] = [
  { shape: [3, 6, 5, 4], layout: 'NCHW', eps: 1e-6, options: { normalizedAxes: 'C', numGroups: 3 } },
  { shape: [3, 6, 5, 4], layout: 'NCHW', eps: 0, options: { normalizedAxes: 'CW', numGroups: 6 } },
  { shape: [2, 3, 5, 8], layout: 'NNTC', eps: 1e-5, options: {} },
  { shape: [2, 4, 3, 6], layout: 'NCNT', eps: 1e-5, options: { normalizedAxes: 'CT', numGroups: 2 } },
  { shape: [6, 5, 4], layout: 'CHW', eps: 1e-3, options: {} },
  { shape: [5, 4, 6], layout: 'HWC', eps: 1e-12, options: { normalizedDims: 2 } },
  { shape: [7, 3, 6], layout: 'TNC', eps: 1e-5, options: {} },
  { shape: [6, 9], layout: 'CN', eps: 1e-5, options: {} },
  { shape: [8], layout: 'C', eps: 1e-5, options: {} },
  { shape: [2, 4, 3, 5, 2], layout: 'NCDHW', eps: 1e-5, options: { normalizedDims: 1 } },
];

export function codeCases(): CodeCase[] {
  const { eps, inputs } = JSON.parse(fs.readFileSync(inProject('test', 'fixtures', 'apply', 'truth.json'), 'utf8')) as Applied;
  const known = Object.entries(applied).map(([input, [shape, dtype]]): Tensor => ({ input, shape, dtype, eps, layout: inputs[input]?.layout ?? '', options: inputs[input]?.options ?? {} }));
  const others = moved.map((tensor): Tensor => ({ ...tensor, input: null, dtype: 'float64' }));
  // With γ and β, and with one of them alone, where axes are moved too.
  const bare = [...known, ...others].flatMap((tensor) => normalizeMethods.flatMap((method) => caseOf(tensor, method, null)));
  const parts = [[true, true], [true, false], [false, true]].map(([weight = false, bias = false]) => ({ weight, bias }));
  const affine = others.slice(0, 5).flatMap((tensor, index) => normalizeMethods.flatMap((method) => caseOf(tensor, method, parts[index % parts.length] ?? null)));
  return [...bare, ...affine];
}

function caseOf({ options, layout, shape, ...tensor }: Tensor, method: NormalizeMethod, given: GivenNames | null): CodeCase[] {
  const plan = normalization(method === 'batch-eval' ? 'batch' : method).plan(shape, parseLayout(layout, shape), options);
  if ('notApplicable' in plan && method !== 'batch-eval') return [];
  // The frameworks refuse it: every group would be one element.
  if (method === 'instance' && !/[TDHW]/.test(layout)) return [];
  const { reducedAxes, numGroups = 1 } = 'notApplicable' in plan ? { reducedAxes: [] } : plan;
  const request = { ...tensor, shape, roles: layout, method, reducedAxes, numGroups, ...(given !== null && { given }) };
  const entries = frameworkIds.map((framework) => [framework, normalizationCode(framework, request)]);
  return [{ ...tensor, shape, layout, method, reducedAxes, numGroups, given, code: Object.fromEntries(entries) as Record<FrameworkId, string> }];
}
