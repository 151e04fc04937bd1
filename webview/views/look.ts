import { createContext } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Report } from '../../src/core/analysis/report';
import type { Place } from '../charts/groups';
import type { Zoom } from '../charts/zoom';

/** Where one looks in the pictures of one tensor. It comes back from outside of the page: each part is checked where it is used. */
export interface KeptLook {
  /** Which tensor's: see `tensorKey`. */
  readonly of?: unknown;
  readonly columns?: unknown;
  readonly divider?: unknown;
  readonly pinned?: unknown;
}

interface Look {
  readonly fileName: string;
  readonly kept: { look?: KeptLook };
  keep(part: { look: KeptLook }): void;
}

/** Null where nothing is kept, as in a notebook. */
export const LookContext = createContext<Look | null>(null);

export interface KeptPart<Value> {
  recall(): unknown;
  keep(value: Value): void;
}

/** What tells a tensor in one layout from all others of its file. */
export function tensorKey({ tensor, layout }: Report): string {
  return `${tensor.index} ${layout.roles} ${tensor.shape.join()}`;
}

/** A part of the look at a tensor; that at another tensor is none of it. */
export function useLook<Value>(part: Exclude<keyof KeptLook, 'of'>, tensor: string): KeptPart<Value> {
  const look = useContext(LookContext);
  return useMemo(() => {
    const of = `${look?.fileName ?? ''} ${tensor}`;
    const own = () => (look?.kept.look?.of === of ? look.kept.look : undefined);
    return { recall: () => own()?.[part], keep: (value) => look?.keep({ look: { ...own(), of, [part]: value } }) };
  }, [look, part, tensor]);
}

/** Null: it is no part of a picture. */
export function zoomFrom(kept: unknown): Zoom | null {
  const { top, left, height, width } = (kept ?? {}) as Partial<Record<keyof Zoom, unknown>>;
  const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
  return isShare(top) && isShare(left) && isShare(height) && isShare(width) && height > 0 && width > 0 ? { top, left, height, width } : null;
}

/** Null: it is no element of this shape. */
export function placeFrom(kept: unknown, shape: readonly number[]): Place | null {
  if (!Array.isArray(kept) || kept.length !== shape.length) return null;
  return kept.every((at, axis) => Number.isInteger(at) && at >= 0 && at < (shape[axis] ?? 0)) ? (kept as Place) : null;
}
