import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualItem } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

export interface VirtualRows {
  /** Height of all rows together, CSS pixels. */
  readonly height: number;
  readonly items: readonly VirtualItem[];
  /** Scrolls just so far that the row is seen. */
  reveal(index: number): void;
}

/** The rows of a list that are near the window. All have one height. */
export function useVirtualRows(scroll: RefObject<HTMLElement>, count: number, rowHeight: number, startOffset: number): VirtualRows {
  const [, redraw] = useState({});
  const [virtualizer] = useState(
    () =>
      new Virtualizer<HTMLElement, HTMLElement>({
        count,
        getScrollElement: () => scroll.current,
        estimateSize: () => rowHeight,
        initialOffset: startOffset,
        overscan: 8,
        // The heads, as high as a row, stay at the top of what is seen.
        scrollPaddingEnd: rowHeight,
        observeElementRect,
        observeElementOffset,
        scrollToFn: elementScroll,
        onChange: () => redraw({}),
      }),
  );
  virtualizer.setOptions({ ...virtualizer.options, count });
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return {
    height: virtualizer.getTotalSize(),
    items: virtualizer.getVirtualItems(),
    reveal: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  };
}
