import { keep, planOf } from './axes';
import type { Normalization } from './normalization';

/** Ulyanov et al. 2016: one mean and variance per sample and channel, over the positions. */
export const instance: Normalization = {
  id: 'instance',
  label: 'InstanceNorm',
  centred: true,
  weightOver: 'channel',
  plan(shape, layout) {
    if (!layout.roles.includes('C')) return { notApplicable: 'no channel axis to keep' };
    const grouping = { kept: keep(layout, 'NC') };
    return planOf(shape, grouping, 'each sample and channel', 'one element per (sample, channel)');
  },
};
