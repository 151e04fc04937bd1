import type { Engine, PassOptions } from '../engine/engine';
import { toErrorData } from '../errors';
import { complexPart } from '../tensor/complex';
import { dtypeKind } from '../tensor/dtype';
import type { TensorData } from '../tensor/tensor';
import { differenceOf } from './difference';

/** Of the finite elements of one tensor; null without any. */
export interface Level {
  readonly mean: number | null;
  /** √mean(x²). */
  readonly rms: number | null;
}

/** Two tensors of one name, as a row says it; a file that has none has null. */
export type PairRow =
  | {
      readonly one: Level | null;
      readonly other: Level | null;
      /** Null where only one is there. */
      readonly difference: PairDifference | { readonly notApplicable: string } | null;
    }
  | { readonly error: string };

export interface PairDifference {
  /** The largest |other − one|, and √mean((other − one)²) / √mean(one²); null as in `Difference`. */
  readonly max: number | null;
  readonly relative: number | null;
  /** Whether every place at which both are finite has the same value in both. */
  readonly equal: boolean;
  /** Places at which one of them is not finite, which are in none of the above. */
  readonly notFinite: number;
}

/** One bad tensor never costs the other rows: its failure is what its row says. Cancelling alone is thrown. */
export async function pairRow(engine: Engine, one: TensorData | null, other: TensorData | null, options: PassOptions): Promise<PairRow> {
  try {
    const levels = [one && (await levelOf(engine, one, options)), other && (await levelOf(engine, other, options))] as const;
    return { one: levels[0], other: levels[1], difference: one === null || other === null ? null : await pairDifference(engine, one, other, options) };
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') throw error;
    return { error: message };
  }
}

async function levelOf(engine: Engine, data: TensorData, options: PassOptions): Promise<Level> {
  const real = dtypeKind(data.encoding.dtype) === 'complex' ? complexPart(data, 'real') : data;
  const { overall } = await engine.moments(real, [], options);
  const [count = 0, mean = 0, m2 = 0] = [overall.count[0], overall.mean[0], overall.m2[0]];
  return count === 0 ? { mean: null, rms: null } : { mean, rms: Math.sqrt(mean * mean + m2 / count) };
}

async function pairDifference(engine: Engine, one: TensorData, other: TensorData, options: PassOptions): Promise<PairDifference | { readonly notApplicable: string }> {
  const difference = await differenceOf(engine, one, other, options);
  if ('notApplicable' in difference) return difference;
  const { max, relative, elements, equal, notFinite } = difference;
  return { max, relative, equal: equal === elements, notFinite };
}
