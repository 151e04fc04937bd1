import * as all from './all';
import { methodIds, type MethodId, type Normalization } from './normalization';

/** Every normalization by its id: a missing or wrongly shaped one does not compile. */
const byId: Readonly<Record<MethodId, Normalization>> = all;

/** In the order of `methodIds`. */
export const normalizations: readonly Normalization[] = methodIds.map((id) => {
  if (byId[id].id !== id) throw new Error(`The normalization listed as "${id}" calls itself "${byId[id].id}".`);
  return byId[id];
});

export function normalization(id: MethodId): Normalization {
  return byId[id];
}
