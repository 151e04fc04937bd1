export { csv } from './csv';
export { json } from './json';
export { gguf } from './gguf';
export { npy } from './npy';
export { safetensors } from './safetensors';
export { npz } from './npz';
export { pytorch } from './pytorch';
export { sharded } from './sharded';
