import { NormoscopeError } from '../../errors';
import { counted } from '../../text/numbers';
import { keep, planOf } from './axes';
import type { Normalization } from './normalization';

/** Wu & He 2018 use 32 groups throughout. */
const mostGroups = 32;
/** Groups of a single channel are InstanceNorm: there is nothing to compare. */
const leastChannels = 2;

/** Wu & He 2018: one mean and variance per sample and group of channels, over the positions. */
export const group: Normalization = {
  id: 'group',
  label: 'GroupNorm',
  centred: true,
  weightOver: 'channel',
  plan(shape, layout, options) {
    const axis = layout.roles.indexOf('C');
    if (axis < 0) return { notApplicable: 'no channel axis to cut into groups' };
    const channels = shape[axis] ?? 0;
    const numGroups = options.numGroups ?? defaultGroups(channels);
    if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0) {
      throw new NormoscopeError('usage', `numGroups is ${numGroups}, which does not divide the ${counted(channels, 'channel')}.`);
    }
    const sharedBy = `each sample and group of ${counted(channels / numGroups, 'channel')}`;
    const grouping = { kept: keep(layout, 'NC'), split: { axis, parts: numGroups } };
    const plan = planOf(shape, grouping, sharedBy, 'one element per (sample, group)');
    return 'notApplicable' in plan ? plan : { ...plan, reducedAxes: [axis, ...plan.reducedAxes].sort((a, b) => a - b), numGroups };
  },
};

/** The largest divisor of C that is at most 32 and leaves at least two channels to a group; 1 where there is none. */
function defaultGroups(channels: number): number {
  for (let groups = Math.min(mostGroups, Math.floor(channels / leastChannels)); groups > 1; groups--) {
    if (channels % groups === 0) return groups;
  }
  return 1;
}
