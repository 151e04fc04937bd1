import { analyze } from '../../src/core/analysis/analyze';
import type { AnalysisRequest, Report } from '../../src/core/analysis/report';
import type { Engine } from '../../src/core/engine/engine';
import type { OpenFile } from '../../src/core/formats/format';
import { defaultLimits, type Limits } from '../../src/core/limits';
import { memorySource } from '../../src/core/tensor/memorySource';
import { elementCount, itemBytes, type TensorData } from '../../src/core/tensor/tensor';
import { engines, tensorOf, type Storage } from './tensors';

export interface AnalyzedAs extends Omit<AnalysisRequest, 'tensor'> {
  readonly dtype?: Storage['dtype'];
  readonly limits?: Partial<Limits>;
  readonly onPartial?: (report: Report) => void;
}

/** The report of a tensor of these row-major values, by the engine that the product uses unless another is given. */
export async function analyzed(
  values: ArrayLike<number>,
  shape: readonly number[],
  { dtype = 'float32', ...request }: AnalyzedAs = {},
  engine?: Engine,
): Promise<Report> {
  return analyzedTensor(tensorOf(values, shape, { dtype }), request, engine);
}

/** The same of a tensor, whatever its bytes are. */
export async function analyzedTensor(
  data: TensorData,
  { limits, onPartial, ...request }: Omit<AnalyzedAs, 'dtype'>,
  engine: Engine = engines(limits)[1] as Engine,
): Promise<Report> {
  const { shape, encoding } = data;
  const { dtype } = encoding;
  const bytes = itemBytes(encoding, elementCount(shape));
  const tensor = { name: '', dtype, storedDtype: dtype, shape, bytes, status: 'readable', reason: null } as const;
  const file: OpenFile = { catalog: { format: 'npy', metadata: {}, tensors: [tensor], warnings: [] }, tensor: () => data };
  const source = memorySource('acts.npy', new Uint8Array(0));
  const options = onPartial === undefined ? {} : { onPartial };
  return (await analyze(source, file, engine, { tensor: 0, ...request }, { ...defaultLimits, ...limits }, options)).report;
}
