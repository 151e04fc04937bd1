export { npy } from './npy';
export { safetensors } from './safetensors';
export { npz } from './npz';
