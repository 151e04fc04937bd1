import { normalizedGrouping, planOf, sharedByKept } from './axes';
import type { Normalization } from './normalization';

/** Ba et al. 2016: one mean and variance per case, over its features. */
export const layer: Normalization = {
  id: 'layer',
  label: 'LayerNorm',
  centred: true,
  weightOver: 'reduced',
  plan(shape, layout, options) {
    const grouping = normalizedGrouping(shape, layout, options);
    if (grouping === null) return { notApplicable: 'no channel axis to reduce over' };
    return planOf(shape, grouping, sharedByKept(layout, grouping));
  },
};
