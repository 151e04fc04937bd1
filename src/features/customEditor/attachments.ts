import type * as vscode from 'vscode';
import { pairedParameters, type AttachedRole } from '../../core/analysis/attached';
import type { Undecided } from '../../core/analysis/siblings';
import type { Catalog } from '../../core/tensor/tensor';
import type { Attachment } from '../../protocol/attachments';
import type { ViewOptions } from '../../protocol/messages';
import type { AttachedTensor } from '../attached';
import type { SiblingTensors } from '../siblings';

/**
 * Which tensors the shown one is analyzed with: those that were chosen, and those that stand beside it under a name that pairs. A
 * chosen one takes the place of a found one, and what was taken away is not found again.
 */
export class Attachments {
  private chosen: readonly AttachedTensor[] = [];
  private detached: ReadonlySet<AttachedRole> = new Set();
  private siblings: SiblingTensors | null = null;

  constructor(private readonly uri: vscode.Uri) {}

  /** What lies beside the file, in files of their own. */
  beside(siblings: SiblingTensors): void {
    this.siblings = siblings;
  }

  /** Parts that several files beside it would be, of which nothing was chosen: none is taken. */
  undecided(): readonly Undecided[] {
    return (this.siblings?.undecided ?? []).filter(({ part }) => !this.detached.has(part) && !this.chosen.some(({ role }) => role === part));
  }

  /** A mask and lengths take each other's place. */
  attach(tensors: readonly AttachedTensor[]): void {
    const roles = tensors.flatMap(({ role }) => (role === 'mask' || role === 'lengths' ? (['mask', 'lengths'] as const) : [role]));
    this.chosen = [...this.chosen.filter(({ role }) => !roles.includes(role)), ...tensors];
  }

  /** Running statistics go together. */
  detach(role: AttachedRole): void {
    const roles: readonly AttachedRole[] = role === 'runningMean' || role === 'runningVar' ? ['runningMean', 'runningVar'] : [role];
    this.chosen = this.chosen.filter((one) => !roles.includes(one.role));
    this.detached = new Set([...this.detached, ...roles]);
  }

  /** Another tensor is shown: nothing was chosen for it. */
  clear(): void {
    this.chosen = [];
    this.detached = new Set();
  }

  /** The file was read again: what was chosen of it is where its name is. */
  follow({ tensors }: Catalog): void {
    this.chosen = this.chosen.flatMap((one) => {
      if (one.uri.toString() !== this.uri.toString() || tensors[one.tensor]?.name === one.tensorName) return [one];
      const tensor = tensors.findIndex(({ name }) => name === one.tensorName);
      return tensor < 0 ? [] : [{ ...one, tensor }];
    });
  }

  /** What the tensor is analyzed with, as it stands. */
  current({ tensors }: Catalog, tensor: number, { layout, normalizedDims, normalizedAxes, numGroups, mask, maskInverted }: ViewOptions): readonly AttachedTensor[] {
    const info = tensors[tensor];
    if (info === undefined) return [];
    const options = { ...(normalizedDims && { normalizedDims }), ...(normalizedAxes !== undefined && { normalizedAxes }), ...(numGroups && { numGroups }) };
    // A file with one tensor goes by its own name, and what is beside it by theirs.
    const { stem = '', tensors: others = [] } = tensors.length === 1 ? (this.siblings ?? {}) : {};
    const all = others.length === 0 ? tensors.map((one, index) => ({ info: one, uri: this.uri, tensor: index, tensorName: one.name })) : [{ info: { ...info, name: stem }, uri: this.uri, tensor, tensorName: info.name }, ...others.map((one) => ({ ...one, tensor: 0 }))];
    const { methods, ...paired } = pairedParameters(all.map((one) => one.info), others.length === 0 ? tensor : 0, { shape: info.shape, layout, ...options });
    const found = Object.entries(paired).flatMap(([name, index]): AttachedTensor[] => {
      const role = name as keyof typeof paired;
      const other = all[index];
      if (other === undefined || this.detached.has(role) || this.chosen.some((one) => one.role === role)) return [];
      const ofMethods = (role === 'weight' || role === 'bias') && methods !== undefined && { methods };
      return [{ role, uri: other.uri, tensor: other.tensor, tensorName: other.tensorName, shape: other.info.shape, ...ofMethods }];
    });
    // A γ that was chosen is of every method that it fits, and so is the β that was found to go with the former one.
    const own = this.chosen.some(({ role }) => role === 'weight') ? found.filter(({ role }) => role !== 'bias') : found;
    const chosen = this.chosen
      .filter(({ role }) => mask === undefined || (role !== 'mask' && role !== 'lengths'))
      .map((one) => (one.role === 'mask' && maskInverted === true ? { ...one, inverted: true } : one));
    return [...own, ...chosen];
  }

  /** The same for the page; nothing before the file's header is known. */
  shown(catalog: Catalog | null, tensor: number, options: ViewOptions): Attachment[] {
    return (catalog === null ? [] : this.current(catalog, tensor, options)).map((one) => ({
      role: one.role,
      fileName: one.uri.path.split('/').pop() ?? '',
      sameFile: one.uri.toString() === this.uri.toString(),
      tensorName: one.tensorName,
      shape: one.shape,
      found: !this.chosen.some(({ role }) => role === one.role),
    }));
  }
}
