export { nonFinite } from './nonFinite';
export { constantChannel } from './constantChannel';
export { epsDominatedVariance } from './epsDominatedVariance';
export { paddingPollution } from './paddingPollution';
