import { normalizedGrouping, planOf, sharedByKept } from './axes';
import type { Normalization } from './normalization';

/** Zhang & Sennrich 2019: LayerNorm's groups, the mean left in: x / √(mean(x²) + eps). */
export const rms: Normalization = {
  id: 'rms',
  label: 'RMSNorm',
  centred: false,
  weightOver: 'reduced',
  plan(shape, layout, options) {
    const grouping = normalizedGrouping(shape, layout, options);
    if (grouping === null) return { notApplicable: 'no channel axis to reduce over' };
    return planOf(shape, grouping, sharedByKept(layout, grouping));
  },
};
