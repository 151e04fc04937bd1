import { NormoscopeError } from '../../core/errors';
import { npyHeader } from '../../core/formats/npyWriter';
import { bitsPerElement } from '../../core/tensor/dtype';
import { elementCount } from '../../core/tensor/tensor';
import { formatBytes, formatShape } from '../../core/text/numbers';
import { decodeBase64, decodedLength } from '../../protocol/base64';
import type { NotebookPayload } from '../../protocol/notebookPayload';

/** Bytes of an output's data. Notebooks with more in one output are slow to open long before Normoscope is asked. */
const largest = 64 * 1024 * 1024;

/**
 * The data of a notebook output as a `.npy` file in memory, so that it takes the same way as any file.
 * @throws NormoscopeError `malformed` when there is no data or not as much as dtype and shape ask for; `too-large`
 */
export function outputFile({ data, dtype, shape }: NotebookPayload): Uint8Array {
  if (data === undefined) throw new NormoscopeError('malformed', 'The output carries statistics but no data.');
  const expected = Math.ceil((elementCount(shape) * bitsPerElement(dtype)) / 8);
  if (data.length > (largest / 3) * 4) {
    throw new NormoscopeError('too-large', `The output carries ${formatBytes(decodedLength(data))}; at most ${formatBytes(largest)} are read.`);
  }
  if (decodedLength(data) !== expected) {
    throw new NormoscopeError(
      'malformed',
      `The output carries ${decodedLength(data)} bytes of data; ${dtype} ${formatShape(shape)} takes ${expected}.`,
    );
  }
  const header = npyHeader(dtype, shape);
  const file = new Uint8Array(header.length + expected);
  file.set(header);
  file.set(decodeBase64(data), header.length);
  return file;
}

/** A file name made of an output's name: letters, digits and a few marks, never a path. */
export function outputFileName(name: string): string {
  return `${name.replace(/[^\w.-]+/g, '_').replace(/^[._]+|[._]+$/g, '') || 'tensor'}.npy`;
}
