import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Span } from '../../../src/core/analysis/slice';
import type { Cell } from './place';

/** Sizes in CSS pixels. */
export interface Measures {
  readonly rows: number;
  readonly columns: number;
  readonly rowHeight: number;
  readonly columnWidth: number;
  /** What the heads cover of the window. */
  readonly headHeight: number;
  readonly headWidth: number;
}

/** One direction: which elements have a place on the scrolled area, and which of them are seen. */
interface Side {
  /** The element at the area's beginning. */
  readonly base: number;
  /** Elements that the area has room for. */
  readonly span: number;
  readonly seen: Span;
}

export interface GridWindow {
  readonly down: Side;
  readonly along: Side;
  /** Rows and columns that are wholly seen. */
  readonly page: { readonly rows: number; readonly columns: number };
  /** Scrolls just so far that the cell is seen. */
  reveal(cell: Cell): void;
  /** The cell at a place of the page, in CSS pixels from the window's corner. */
  cellAt(x: number, y: number): Cell;
}

/** Browsers lose pixels of longer areas, and draw none of them past some 33 million. */
const longest = 8_000_000;
/** Elements beyond the seen ones that are drawn too. */
const overscan = 2;

interface View {
  readonly rowBase: number;
  readonly columnBase: number;
  readonly firstRow: number;
  readonly firstColumn: number;
}

/**
 * What is seen of a matrix of any size through a scrolled element. An area of more than eight million pixels is only a
 * part of the matrix, which moves on when its end comes near.
 */
export function useWindow(scroll: RefObject<HTMLElement>, measures: Measures): GridWindow {
  const { rows, columns, rowHeight, columnWidth, headHeight, headWidth } = measures;
  const rowSpan = Math.min(rows, Math.floor(longest / rowHeight));
  const columnSpan = Math.min(columns, Math.floor(longest / columnWidth));
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [view, setView] = useState<View>({ rowBase: 0, columnBase: 0, firstRow: 0, firstColumn: 0 });
  /** Where the element is to be scrolled to with the next rendering. */
  const pending = useRef<{ readonly top: number; readonly left: number } | null>(null);
  const page = {
    rows: Math.max(1, Math.floor((size.height - headHeight) / rowHeight)),
    columns: Math.max(1, Math.floor((size.width - headWidth) / columnWidth)),
  };

  useLayoutEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const onScroll = () =>
      setView((before) => {
        const down = movedOn(before.rowBase, rows, rowSpan, element.scrollTop / rowHeight, page.rows);
        const along = movedOn(before.columnBase, columns, columnSpan, element.scrollLeft / columnWidth, page.columns);
        if (down.base !== before.rowBase || along.base !== before.columnBase) {
          pending.current = { top: down.offset * rowHeight, left: along.offset * columnWidth };
        }
        const next = { rowBase: down.base, columnBase: along.base, firstRow: Math.floor(down.offset), firstColumn: Math.floor(along.offset) };
        return same(next, before) ? before : next;
      });
    onScroll();
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, [rows, columns, rowSpan, columnSpan, rowHeight, columnWidth, page.rows, page.columns]);

  useLayoutEffect(() => {
    const to = pending.current;
    pending.current = null;
    if (to !== null) scroll.current?.scrollTo(to);
  });

  const reveal = useCallback(
    ({ row, column }: Cell) => {
      const element = scroll.current;
      if (element === null) return;
      // Measured here: the rendering that has the size may be yet to come.
      const pageHeight = element.clientHeight - headHeight;
      const pageWidth = element.clientWidth - headWidth;
      setView((before) => {
        const from = pending.current ?? { top: element.scrollTop, left: element.scrollLeft };
        const rowBase = baseFor(before.rowBase, rows, rowSpan, row);
        const columnBase = baseFor(before.columnBase, columns, columnSpan, column);
        const top = offsetFor(rowBase === before.rowBase ? from.top : null, (row - rowBase) * rowHeight, rowHeight, pageHeight);
        const left = offsetFor(columnBase === before.columnBase ? from.left : null, (column - columnBase) * columnWidth, columnWidth, pageWidth);
        pending.current = { top, left };
        // Another object each time, so that it is rendered and scrolled.
        return { rowBase, columnBase, firstRow: Math.floor(top / rowHeight), firstColumn: Math.floor(left / columnWidth) };
      });
    },
    [rows, columns, rowSpan, columnSpan, rowHeight, columnWidth, headHeight, headWidth],
  );

  const rowBase = Math.min(view.rowBase, rows - rowSpan);
  const columnBase = Math.min(view.columnBase, columns - columnSpan);
  return {
    down: { base: rowBase, span: rowSpan, seen: seenOf(rowBase, rowSpan, view.firstRow, page.rows) },
    along: { base: columnBase, span: columnSpan, seen: seenOf(columnBase, columnSpan, view.firstColumn, page.columns) },
    page,
    reveal,
    cellAt: (x, y) => {
      const { scrollTop = 0, scrollLeft = 0 } = scroll.current ?? {};
      return {
        row: within(rowBase + Math.floor((y - headHeight + scrollTop) / rowHeight), rows),
        column: within(columnBase + Math.floor((x - headWidth + scrollLeft) / columnWidth), columns),
      };
    },
  };
}

/** The part of `size` elements after scrolling by `offset` elements: near an end that is not the matrix's, it moves by half of itself. */
export function movedOn(base: number, size: number, span: number, offset: number, page: number): { readonly base: number; readonly offset: number } {
  const half = Math.floor(span / 2);
  const next = offset + 2 * page > span && base + span < size ? Math.min(size - span, base + half) : offset < page && base > 0 ? Math.max(0, base - half) : base;
  return { base: next, offset: offset + base - next };
}

/** The part that has an element: the one before where it does, else one with the element in its middle. */
export function baseFor(base: number, size: number, span: number, element: number): number {
  if (element >= base && element < base + span) return base;
  return Math.max(0, Math.min(size - span, element - Math.floor(span / 2)));
}

/** @param from where the area is scrolled to; null where it has become another one */
function offsetFor(from: number | null, start: number, length: number, page: number): number {
  if (from === null) return Math.max(0, start - Math.floor((page - length) / 2));
  if (start < from) return start;
  return start + length > from + page ? Math.max(0, Math.min(start, start + length - page)) : from;
}

function seenOf(base: number, span: number, first: number, page: number): Span {
  const from = Math.max(0, Math.min(first, span) - overscan);
  const to = Math.min(span, Math.min(first, span) + page + 1 + overscan);
  return [base + from, Math.max(0, to - from)];
}

function within(at: number, size: number): number {
  return Math.max(0, Math.min(size - 1, at));
}

function same(a: View, b: View): boolean {
  return a.rowBase === b.rowBase && a.columnBase === b.columnBase && a.firstRow === b.firstRow && a.firstColumn === b.firstColumn;
}
