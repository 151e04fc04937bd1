import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { rowHeight } from './treeRows';

interface ListFocusOptions {
  readonly scroll: RefObject<HTMLElement>;
  /** Rows of the list. */
  readonly count: number;
  /** Scrolls just so far that the row is seen. */
  reveal(index: number): void;
  /** Enter or space on a row, or a click. */
  act(index: number): void;
  /** What another key does to a row; null: nothing. */
  other?(key: string, index: number, moveTo: (index: number) => void): (() => void) | null;
}

/** The row of a virtual list that has the focus, moved by arrows and pages. The list itself has the browser's focus, whatever rows exist. */
export function useListFocus({ scroll, count, reveal, act, other }: ListFocusOptions) {
  const [focused, setFocused] = useState(0);
  const moveTo = (index: number) => {
    const to = Math.max(0, Math.min(count - 1, index));
    setFocused(to);
    reveal(to);
  };
  const doneBy = (key: string): (() => void) | null => {
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 2);
    const steps: Readonly<Record<string, number>> = { ArrowDown: focused + 1, ArrowUp: focused - 1, PageDown: focused + page, PageUp: focused - page, Home: 0, End: count - 1 };
    const step = steps[key];
    if (step !== undefined) return () => moveTo(step);
    if (key === 'Enter' || key === ' ') return () => act(focused);
    return other?.(key, focused, moveTo) ?? null;
  };
  return {
    focused,
    click(index: number): void {
      setFocused(index);
      act(index);
    },
    onKeyDown(event: KeyboardEvent): void {
      // Keys on the heads' buttons are theirs.
      if (event.target !== event.currentTarget) return;
      const done = doneBy(event.key);
      if (done === null) return;
      done();
      event.preventDefault();
    },
  };
}
