import { npyHeader } from '../../src/core/formats/npyWriter';

/** Bytes of a `.npy` file with any header text whatever, for what NumPy itself would not write. */
export interface RawNpy {
  readonly header: string;
  readonly version?: readonly [major: number, minor: number];
  /** Bytes after the header. */
  readonly data?: number;
  /** What the file says of the header's length; the truth if absent. */
  readonly headerLength?: number;
}

export function rawNpy({ header, version = [1, 0], data = 0, headerLength }: RawNpy): Uint8Array {
  const [major, minor] = version;
  const text = major < 3 ? Uint8Array.from(header, (character) => character.charCodeAt(0)) : new TextEncoder().encode(header);
  const start = major === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + text.length + data);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, major, minor]);
  const length = headerLength ?? text.length;
  if (major === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(text, start);
  return bytes;
}

/** The usual header, with parts of it replaced. */
export function header(parts: { descr?: string; order?: string; shape?: string } = {}): string {
  const { descr = "'<f4'", order = 'False', shape = '(2, 3)' } = parts;
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
}

/** A well-formed `.npy` file of these float32 values. */
export function float32Npy(values: readonly number[], shape: readonly number[]): Uint8Array {
  return Buffer.concat([npyHeader('float32', shape), new Uint8Array(Float32Array.from(values).buffer)]);
}
