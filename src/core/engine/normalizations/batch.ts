import { keep, planOf } from './axes';
import type { Normalization } from './normalization';

/** Ioffe & Szegedy 2015: one mean and variance per channel, over the batch and all positions. */
export const batch: Normalization = {
  id: 'batch',
  label: 'BatchNorm',
  centred: true,
  weightOver: 'channel',
  plan(shape, layout) {
    if (!layout.roles.includes('C')) return { notApplicable: 'no channel axis to keep' };
    const sharedBy = /[DHW]/.test(layout.roles) ? 'each channel' : 'each feature';
    return planOf(shape, { kept: keep(layout, 'C') }, sharedBy, 'one element per channel');
  },
};
