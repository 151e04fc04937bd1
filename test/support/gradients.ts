import type { GradientRequest, Gradients } from '../../src/core/analysis/backward';
import type { NormalizeOptions } from '../../src/core/analysis/normalize';
import type { Engine } from '../../src/core/engine/engine';
import { openFile } from '../../src/core/formats/registry';
import { defaultLimits } from '../../src/core/limits';
import type { TensorFile } from '../../src/core/normoscope';
import { memorySource } from '../../src/core/tensor/memorySource';
import { elementCount, type Catalog } from '../../src/core/tensor/tensor';

export interface WrittenGradients extends Gradients {
  readonly catalog: Catalog;
  /** dX, row-major. */
  readonly input: Float64Array;
}

/** What `TensorFile.backward` writes, read again as any file is, and what it tells. */
export async function gradientsBy(
  engine: Engine,
  file: TensorFile,
  gradient: TensorFile,
  request: GradientRequest,
  options: NormalizeOptions = {},
): Promise<WrittenGradients> {
  const parts: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => Promise.resolve(void parts.push(bytes.slice())) };
  const gradients = await file.backward(engine, request, { file: gradient, tensor: 0 }, sink, options);
  const { catalog, tensor } = await openFile(memorySource('dx.npy', Buffer.concat(parts)), defaultLimits);
  const data = tensor(0);
  return { ...gradients, catalog, input: await engine.elements(data, 0, elementCount(data.shape)) };
}
