export { npy } from './npy';
