// Written by `npm run manifest` from the formats' own files: what the extension knows of them without a reader in it.

/** Of files that are surely tensors. Lower case, with the dot: `['.npy']`. */
export const tensorExtensions: readonly string[] = [
  '.gguf',
  '.keras',
  '.msgpack',
  '.npy',
  '.npz',
  '.onnx',
  '.pt',
  '.pth',
  '.safetensors',
];

/** Of files that may hold tensors and have another home in VS Code. */
export const sharedExtensions: readonly string[] = [
  '.arrow',
  '.feather',
  '.csv',
  '.tsv',
  '.txt',
  '.h5',
  '.hdf5',
  '.json',
  '.jsonl',
  '.parquet',
  '.ckpt',
  '.bin',
  '.safetensors.index.json',
  '.bin.index.json',
];

/** Those of both that a glance may be taken at: opening such a file reads no more than its header. */
export const glanceExtensions: readonly string[] = [
  '.arrow',
  '.feather',
  '.gguf',
  '.h5',
  '.hdf5',
  '.keras',
  '.msgpack',
  '.npy',
  '.npz',
  '.onnx',
  '.parquet',
  '.pt',
  '.pth',
  '.ckpt',
  '.bin',
  '.safetensors',
];

/** Ids of formats whose tensors may lie in other files, which only a header names. */
export const formatsWithParts: readonly string[] = ['onnx', 'sharded'];
