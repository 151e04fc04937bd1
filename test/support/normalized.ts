import type { NormalizeOptions, NormalizeRequest } from '../../src/core/analysis/normalize';
import type { Engine } from '../../src/core/engine/engine';
import { openFile } from '../../src/core/formats/registry';
import { defaultLimits } from '../../src/core/limits';
import type { TensorFile } from '../../src/core/normoscope';
import { memorySource } from '../../src/core/tensor/memorySource';
import { elementCount, type Catalog } from '../../src/core/tensor/tensor';

export interface WrittenTensor {
  readonly bytes: Uint8Array;
  readonly catalog: Catalog;
  /** Row-major. */
  readonly values: Float64Array;
}

/** What `TensorFile.normalize` writes, read again as any file is. */
export async function normalizedBy(
  engine: Engine,
  file: TensorFile,
  request: NormalizeRequest,
  options: NormalizeOptions = {},
): Promise<WrittenTensor> {
  const parts: Uint8Array[] = [];
  await file.normalize(engine, request, { write: (bytes) => Promise.resolve(void parts.push(bytes.slice())) }, options);
  const bytes = Buffer.concat(parts);
  const { catalog, tensor } = await openFile(memorySource('out.npy', bytes), defaultLimits);
  const data = tensor(0);
  return { bytes, catalog, values: await engine.elements(data, 0, elementCount(data.shape)) };
}
