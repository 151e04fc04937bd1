import type { Engine, PassOptions } from '../engine/engine';
import type { OpenFile } from '../formats/format';
import { complexPart } from '../tensor/complex';
import { dtypeKind } from '../tensor/dtype';
import { elementCount, type TensorData } from '../tensor/tensor';
import { readInteger } from './integers';
import type { Statistics } from './report';
import { statisticsOfAll } from './statistics';
import { tensorInfo } from './tensorInfo';

/** What `normoscope inspect` says of one tensor beside its header. Of a complex tensor, `first` and `last` are real parts. */
export interface TensorContents {
  readonly statistics: Statistics;
  /** Complex tensors only. */
  readonly statisticsImaginary?: Statistics;
  /** Up to 8 elements each, row-major. 64-bit integers are exact. */
  readonly first: readonly (number | bigint)[];
  readonly last: readonly (number | bigint)[];
}

const shown = 8;

/** @throws NormoscopeError when the tensor is not readable or the reading fails */
export async function inspect(
  file: OpenFile,
  engine: Engine,
  index: number,
  options: PassOptions,
): Promise<TensorContents> {
  tensorInfo(file, index);
  const stored = file.tensor(index);
  const isComplex = dtypeKind(stored.encoding.dtype) === 'complex';
  const data = isComplex ? complexPart(stored, 'real') : stored;
  const statistics = await statisticsOfPart(engine, data, options);
  const count = Math.min(shown, elementCount(data.shape));
  const contents = {
    statistics,
    first: await elements(engine, data, 0, count, options.signal),
    last: await elements(engine, data, elementCount(data.shape) - count, count, options.signal),
  };
  if (!isComplex) return contents;
  const statisticsImaginary = await statisticsOfPart(engine, complexPart(stored, 'imaginary'), options);
  return { ...contents, statisticsImaginary };
}

async function statisticsOfPart(engine: Engine, data: TensorData, options: PassOptions): Promise<Statistics> {
  return statisticsOfAll(await engine.moments(data, [], options));
}

async function elements(
  engine: Engine,
  data: TensorData,
  first: number,
  count: number,
  signal: AbortSignal | undefined,
): Promise<readonly (number | bigint)[]> {
  const { dtype } = data.encoding;
  if (dtype !== 'int64' && dtype !== 'uint64') return [...(await engine.elements(data, first, count, signal))];
  const exact: bigint[] = [];
  for (let element = first; element < first + count; element++) exact.push(await readInteger(data, element, signal));
  return exact;
}
