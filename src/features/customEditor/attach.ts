import type * as vscode from 'vscode';
import { fitsRole, partnerOf, roleLabels, type AttachedRole } from '../../core/analysis/attached';
import type { Part } from '../../core/analysis/layers';
import type { AttachKind } from '../../protocol/attachments';
import type { EditorState } from '../../protocol/messages';
import type { AttachedTensor } from '../attached';
import { pickTensor, pickTensorOf, type PickedTensor } from '../pickTensor';
import type { TensorStore } from '../tensorStore';

/** The role that a kind begins with, and the one that goes with it: needed, or taken where its name pairs. */
const kinds: Readonly<Record<AttachKind, { readonly role: AttachedRole; readonly partner?: Part; readonly both?: true }>> = {
  weight: { role: 'weight', partner: 'bias' },
  bias: { role: 'bias' },
  running: { role: 'runningMean', partner: 'runningVar', both: true },
  mask: { role: 'mask' },
  lengths: { role: 'lengths' },
  gradient: { role: 'gradient' },
};

/**
 * Asks for what is attached: of this file or another. What goes with it in the same layer comes along: β with γ, the running
 * variance with the running mean, which is asked for where no name pairs.
 * @returns nothing when nothing is chosen
 * @throws NormoscopeError as reading the header of another file does
 */
export async function chooseAttached(tensors: TensorStore, uri: vscode.Uri, { catalog, tensor, options }: EditorState, kind: AttachKind): Promise<readonly AttachedTensor[]> {
  const shape = catalog?.tensors[tensor]?.shape;
  if (catalog === null || shape === undefined) return [];
  const { role, partner, both = false } = kinds[kind];
  const { layout, normalizedDims, normalizedAxes, numGroups } = options;
  const target = { shape, layout, ...(normalizedDims && { normalizedDims }), ...(normalizedAxes !== undefined && { normalizedAxes }), ...(numGroups && { numGroups }) };
  const picking = (of: AttachedRole) => ({ title: `The ${roleLabels[of]} for ${catalog.tensors[tensor]?.name || 'this tensor'}`, fits: (other: readonly number[]) => fitsRole(of, other, target) });
  const picked = await pickTensor(tensors, { own: { uri, catalog }, except: tensor, ...picking(role) });
  if (picked === undefined) return [];
  const first = attachedTensor(role, picked);
  if (partner === undefined) return [first];
  const paired = partnerOf(picked.catalog.tensors, picked.tensor, partner);
  if (paired !== null) return [first, attachedTensor(partner, { ...picked, tensor: paired })];
  if (!both) return [first];
  const second =
    picked.catalog.tensors.length > 1 ? await pickTensorOf(tensors, picked.uri, picking(partner)) : await pickTensor(tensors, { own: { uri, catalog }, except: tensor, ...picking(partner) });
  return second === undefined ? [] : [first, attachedTensor(partner, second)];
}

function attachedTensor(role: AttachedRole, { uri, catalog, tensor }: PickedTensor): AttachedTensor {
  const { name = '', shape = [] } = catalog.tensors[tensor] ?? {};
  return { role, uri, tensor, tensorName: name, shape };
}
