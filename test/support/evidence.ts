import { findPadding } from '../../src/core/analysis/padding';
import type { Evidence } from '../../src/core/analysis/evidence';
import { normalizations } from '../../src/core/engine/normalizations/registry';
import { sortedQuantiles, type Quantiles } from '../../src/core/engine/quantiles';
import { leastNormal, type DType } from '../../src/core/tensor/dtype';
import { parseLayout } from '../../src/core/tensor/layout';
import { momentsByDefinition } from './moments';

/** What the rules are given for a tensor of these values, by the definitions; what does not follow from them is as in `more`. */
export function evidenceOf(
  values: readonly number[],
  shape: readonly number[],
  roles: string,
  { dtype = 'float64', ...more }: Partial<Omit<Evidence, 'tensor'>> & { readonly dtype?: DType } = {},
): Evidence {
  const layout = parseLayout(roles, shape);
  const methods = new Map<string, unknown>();
  for (const normalization of normalizations) {
    const plan = normalization.plan(shape, layout, {});
    if ('notApplicable' in plan) continue;
    methods.set(normalization.id, { plan, table: momentsByDefinition(values, shape, plan.grouping) });
  }
  const byRole = (role: string, kept: boolean) => [...roles].map((letter) => (letter === role) === kept);
  return {
    tensor: { name: '', dtype, storedDtype: dtype, shape, bytes: values.length * 8, status: 'readable', reason: null },
    layout,
    eps: 1e-5,
    overall: momentsByDefinition(values, shape, { kept: shape.map(() => false) }),
    methods: methods as Evidence['methods'],
    padding: findPadding(shape, layout, momentsByDefinition(values, shape, { kept: byRole('C', false) }), momentsByDefinition(values, shape, { kept: byRole('C', true) })),
    firstNotFinite: values.findIndex((value) => !Number.isFinite(value)),
    subnormal: values.filter((value) => value !== 0 && Math.abs(value) < leastNormal(dtype)).length,
    quantiles: quantilesOf(values.filter(Number.isFinite)),
    outliers: null,
    batchSize: [],
    precision: [],
    warnings: [],
    ...more,
  };
}

function quantilesOf(finite: readonly number[]): Quantiles | null {
  return finite.length === 0 ? null : { values: sortedQuantiles(Float64Array.from(finite).sort()), from: 'elements', error: 0 };
}
