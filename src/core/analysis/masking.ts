import type { Grouping, PassOptions } from '../engine/engine';
import type { Mask } from '../engine/mask';
import type { MomentTable } from '../engine/moments';
import { NormoscopeError } from '../errors';
import type { TensorData } from '../tensor/tensor';
import { resolveMask, type MaskedTensor, type MaskReading, type MaskRequest } from './mask';
import type { Unmasked } from './maskEffect';
import type { Planned } from './plans';
import { means, variances } from './statistics';

/** A mask, and what the statistics are without it. */
export interface Masking {
  readonly mask: Mask;
  /** By the places of `plans`; LayerNorm's and BatchNorm's alone. */
  readonly unmasked: ReadonlyMap<Applicable, Unmasked>;
}

type Applicable = Extract<Planned, { plan: unknown }>;

/**
 * Finds the mask, and reads the tensor once without it.
 * @throws NormoscopeError as `resolveMask`
 */
export async function findMask(
  data: TensorData,
  tensor: MaskedTensor,
  request: MaskRequest,
  plans: readonly Applicable[],
  reading: MaskReading,
  options: PassOptions,
): Promise<Masking> {
  const shown = plans.filter(({ normalization }) => normalization.id === 'layer' || normalization.id === 'batch');
  const pass = async (more: readonly Grouping[]): Promise<readonly MomentTable[]> =>
    (await reading.engine.moments(data, [...shown.map(({ plan }) => plan.grouping), ...more], options)).tables;
  let tables: readonly MomentTable[] | null = null;
  const mask = await resolveMask(tensor, request, reading, async (grouping) => {
    tables = await pass([grouping]);
    return tables.at(-1) as MomentTable;
  });
  const found = tables ?? (await pass([]));
  // The numbers alone are kept: a million groups in twelve columns would wait beside those of the masked pass.
  const unmasked = shown.map((planned, index): [Applicable, Unmasked] => {
    const table = found[index];
    if (table === undefined) throw new NormoscopeError('internal', `The engine returned no moments for grouping ${index}.`);
    return [planned, { means: means(table), variances: variances(table) }];
  });
  return { mask, unmasked: new Map(unmasked) };
}

/**
 * A mask alone: for a normalized tensor, which is read once more anyway.
 * @throws NormoscopeError as `resolveMask`
 */
export async function findMaskAlone(
  data: TensorData,
  tensor: MaskedTensor,
  request: MaskRequest,
  reading: MaskReading,
  options: PassOptions,
): Promise<Mask> {
  return resolveMask(tensor, request, reading, async (grouping) => {
    const [table] = (await reading.engine.moments(data, [grouping], options)).tables;
    if (table === undefined) throw new NormoscopeError('internal', 'The engine returned no moments.');
    return table;
  });
}
