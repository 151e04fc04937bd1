import { toErrorData } from '../errors';
import type { Statistics } from './report';

/** What a row of a file's list of tensors says of one, over finite elements (null where there is none), or why it does not. */
export type RowStatistics =
  | (Pick<Statistics, 'mean' | 'std' | 'min' | 'max' | 'nan'> & { readonly infinite: number })
  | { readonly error: string };

/** One bad tensor never costs the other rows: its failure is what its row says. Cancelling alone is thrown. */
export async function rowStatistics(statistics: Promise<Statistics>): Promise<RowStatistics> {
  try {
    const { mean, std, min, max, nan, posInf, negInf } = await statistics;
    return { mean, std, min, max, nan, infinite: posInf + negInf };
  } catch (error) {
    const { code, message } = toErrorData(error);
    if (code === 'cancelled') throw error;
    return { error: message };
  }
}
