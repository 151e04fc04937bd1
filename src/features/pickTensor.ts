import * as vscode from 'vscode';
import type { Catalog } from '../core/tensor/tensor';
import { sharedExtensions, tensorExtensions } from '../core/formats/endings';
import { formatShape } from '../core/text/numbers';
import { nameOf } from './pickFile';
import type { TensorStore } from './tensorStore';

/** A tensor of a file. */
export interface PickedTensor {
  readonly uri: vscode.Uri;
  readonly catalog: Catalog;
  /** Index in the catalog. */
  readonly tensor: number;
}

interface Picking {
  /** The shown file, whose tensors are offered first, and the way to another; null: only the other. */
  readonly own: { readonly uri: vscode.Uri; readonly catalog: Catalog } | null;
  /** The shown tensor, which is not offered. */
  readonly except: number | null;
  /** `A tensor for γ`. */
  readonly title: string;
  /** Whether a tensor of that shape will do: those stand first. */
  fits(shape: readonly number[]): boolean;
}

/**
 * Asks for a tensor: of the shown file, or of another that VS Code's open dialog names.
 * @returns undefined when nothing is chosen
 * @throws NormoscopeError as reading the header of another file does
 */
export async function pickTensor(tensors: TensorStore, picking: Picking): Promise<PickedTensor | undefined> {
  const { own, except, title } = picking;
  const offered = own !== null && own.catalog.tensors.some((_, index) => index !== except);
  if (offered) {
    const picked = await pickOf(own.catalog, picking, nameOf(own.uri), true);
    if (picked === undefined) return undefined;
    if (picked !== 'another') return { ...own, tensor: picked };
  }
  const folder = own?.uri.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(own.uri, '..') } : {};
  const [uri] = (await vscode.window.showOpenDialog({ ...folder, title, openLabel: 'Choose', filters: { 'Tensor files': fileEndings(), 'All files': ['*'] } })) ?? [];
  return uri === undefined ? undefined : pickTensorOf(tensors, uri, picking);
}

/** Asks for a tensor of a file; the only one is taken without asking. */
export async function pickTensorOf(tensors: TensorStore, uri: vscode.Uri, picking: Pick<Picking, 'title' | 'fits'>): Promise<PickedTensor | undefined> {
  const { catalog } = await tensors.inspect(uri);
  if (catalog.tensors.length === 1) return { uri, catalog, tensor: 0 };
  const picked = await pickOf(catalog, { ...picking, except: null }, nameOf(uri), false);
  return picked === undefined || picked === 'another' ? undefined : { uri, catalog, tensor: picked };
}

/** The endings of an open dialog's filter: `json` of `.safetensors.index.json`. */
export function fileEndings(): string[] {
  return [...new Set([...tensorExtensions, ...sharedExtensions].map((extension) => extension.slice(extension.lastIndexOf('.') + 1)))];
}

interface Item extends vscode.QuickPickItem {
  readonly chosen: number | 'another';
}

async function pickOf({ tensors }: Catalog, { except, title, fits }: Omit<Picking, 'own'>, fileName: string, other: boolean): Promise<number | 'another' | undefined> {
  const readable = tensors.map((info, index) => ({ info, index })).filter(({ info, index }) => info.status === 'readable' && index !== except);
  const items = (fitting: boolean) =>
    readable.filter(({ info }) => fits(info.shape) === fitting).map(({ info, index }): Item => ({ label: info.name, description: `${info.dtype ?? info.storedDtype} ${formatShape(info.shape)}`, chosen: index }));
  const section = (label: string, of: readonly Item[]) => (of.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator, chosen: 'another' } as const, ...of]);
  const all = [
    ...section(`${fileName}: of a shape that fits`, items(true)),
    ...(other ? [{ label: '$(folder-opened) Another File…', chosen: 'another' } as const] : []),
    ...section(`${fileName}: of other shapes`, items(false)),
  ];
  return (await vscode.window.showQuickPick<Item>(all, { title, placeHolder: 'Name of a tensor', matchOnDescription: true }))?.chosen;
}
