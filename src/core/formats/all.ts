export { npy } from './npy';
export { safetensors } from './safetensors';
