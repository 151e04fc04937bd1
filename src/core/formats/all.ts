export { csv } from './csv';
export { json } from './json';
export { npy } from './npy';
export { safetensors } from './safetensors';
export { npz } from './npz';
