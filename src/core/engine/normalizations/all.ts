export { layer } from './layer';
export { batch } from './batch';
export { rms } from './rms';
export { group } from './group';
export { instance } from './instance';
