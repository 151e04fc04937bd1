import { NormoscopeError } from '../errors';
import type { Limits } from '../limits';
import type { ByteSource } from '../tensor/byteSource';
import type { TensorData } from '../tensor/tensor';
import type { Claim, Clues, Format, OpenFile } from './format';
import { globalWarnings } from './pickle/globals';
import type { Contents } from './torch/contents';
import { legacyMagic, openLegacy } from './torch/legacyFile';
import { beginsAsTorchTar, openTar } from './torch/tarFile';
import { walk } from './torch/walk';
import { isTorchArchive, openZip } from './torch/zipFile';
import { beginsAsZip } from './zip/directory';

/**
 * What `torch.save` and `torch.jit.save` write, and have ever written: a pickle, read as data and never run, and storages
 * beside it. Tensors are named by where they are in the object: `state_dict.layer1.0.weight`.
 */
export const pytorch: Format = {
  id: 'pytorch',
  label: 'PyTorch file',
  extensions: ['.pt', '.pth'],
  sharedExtensions: ['.ckpt', '.bin'],
  probe,
  async open(source, limits, signal) {
    return openFileOf(source, await contentsOf(source, limits, signal), limits);
  },
};

/** Pickles of anything; such a file is looked at only when it is asked for. */
const pickleExtensions = ['.pkl', '.pickle'];

function probe({ head, name, entries }: Clues): Claim {
  if (entries !== null) return isTorchArchive(entries) ? 'signature' : null;
  if (beginsWithMagic(head) || beginsAsTorchTar(head)) return 'signature';
  const own = hasEnding(name, pytorch.extensions);
  if (own && beginsAsZip(head)) return 'name';
  return (own || hasEnding(name, [...pytorch.sharedExtensions, ...pickleExtensions])) && beginsAsPickle(head) ? 'name' : null;
}

function hasEnding(name: string, endings: readonly string[]): boolean {
  return endings.some((ending) => name.toLowerCase().endsWith(ending));
}

/** Behind the protocol, and from the fourth on behind the length of a frame. */
function beginsWithMagic(head: Uint8Array): boolean {
  return [2, 11].some((at) => head[0] === 0x80 && legacyMagic.every((byte, index) => head[at + index] === byte));
}

/** `torch.load` would take any pickle, and run it. */
function beginsAsPickle(head: Uint8Array): boolean {
  const [first, version = 0] = head;
  if (first === 0x80) return version >= 2 && version <= 5;
  // Protocol 0, which is text: a name to be called, a dictionary or a list.
  return /^(c[\w.]+\n[\w.]+\n|\((dp|lp|i[\w.]+\n))/.test(String.fromCharCode(...head.subarray(0, 256)));
}

async function contentsOf(source: ByteSource, limits: Limits, signal: AbortSignal | undefined): Promise<Contents> {
  const head = new Uint8Array(Math.min(4096, source.size));
  await source.read(0, head, signal);
  if (beginsAsZip(head)) return openZip(source, limits, signal);
  if (beginsAsTorchTar(head)) return openTar(source, limits, signal);
  return openLegacy(source, limits, signal);
}

function openFileOf(source: ByteSource, { roots, globals, metadata }: Contents, limits: Limits): OpenFile {
  const walked = roots.map((root) => walk(root, limits));
  const tensors = walked.flatMap((root) => root.tensors);
  const warnings = globals.flatMap(([place, names]) => globalWarnings(names, place));
  // One that would run a program is worth showing without a tensor too: that is a finding.
  if (tensors.length === 0 && metadata['container'] === 'pickle' && !warnings.some(({ call }) => call !== undefined)) {
    const why = warnings.length === 0 ? '' : ` ${warnings.map(({ message }) => message).join(' ')}`;
    throw new NormoscopeError('not-recognized', `${source.name} is a pickle without a tensor in it.${why}`, 0);
  }
  const values = walked[0]?.values ?? {};
  return {
    catalog: {
      format: pytorch.id,
      metadata: Object.keys(values).length === 0 ? metadata : { ...metadata, values },
      tensors: tensors.map(({ info }) => info),
      warnings: [...warnings, ...walked.flatMap((root) => root.warnings)],
    },
    tensor(index): TensorData {
      const found = tensors[index];
      if (found === undefined) throw new NormoscopeError('internal', `The file has no tensor number ${index}.`);
      if (found.data === null) throw found.failure ?? new NormoscopeError('internal', 'The tensor is not readable.');
      return found.data();
    },
  };
}
