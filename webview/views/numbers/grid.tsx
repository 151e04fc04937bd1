import { useEffect, useRef } from 'preact/hooks';
import type { Span } from '../../../src/core/analysis/slice';
import { formatCount } from '../../../src/core/text/numbers';
import type { Window } from './blocks';
import type { Look } from './look';
import type { Cell } from './place';
import { useWindow } from './useWindow';

/** CSS pixels; `.numbers .cells` has the same. */
const rowHeight = 22;
/** So much of the page it takes at most. */
const mostRows = 20;
/** A scroll bar's width, and the border's. */
const edges = 18;

interface GridProps {
  /** Of the cut. */
  readonly rows: number;
  readonly columns: number;
  /** CSS pixels. */
  readonly columnWidth: number;
  /** What stands over the heads of the rows: which axis goes down and which along. */
  readonly corner: string;
  /** Of a single column, which has no index. */
  readonly columnHead: string | null;
  readonly active: Cell;
  readonly selected: Window;
  /** Null where it is not known yet. */
  look(row: number, column: number): Look | null;
  move(cell: Cell, extend: boolean): void;
  copy(): void;
  /** Told what is seen, as often as it changes. */
  see(window: Window): void;
}

/**
 * The elements of a cut as a grid, of which only the cells near the window exist. Arrows, Page and Home/End move the active
 * cell, with Shift they select.
 */
export function Grid({ rows, columns, columnWidth, corner, columnHead, active, selected, look, move, copy, see }: GridProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const headWidth = Math.max(64, 24 + 8 * Math.max(formatCount(Math.max(0, rows - 1)).length, corner.length));
  const { down, along, page, reveal, cellAt } = useWindow(scroll, { rows, columns, rowHeight, columnWidth, headHeight: rowHeight, headWidth });
  useEffect(() => reveal(active), [active.row, active.column, rows, columns]);
  useEffect(() => see({ rows: down.seen, columns: along.seen }), [down.seen.join(), along.seen.join(), see]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    const jump = event.ctrlKey || event.metaKey;
    if (jump && event.key.toLowerCase() === 'c') {
      event.preventDefault();
      return copy();
    }
    const to = moved(event.key, jump, active, { rows, columns }, page);
    if (to === null) return;
    event.preventDefault();
    move(to, event.shiftKey);
  };
  const point = (event: PointerEvent, extend: boolean) => {
    const box = scroll.current?.getBoundingClientRect();
    if (box === undefined) return;
    move(cellAt(event.clientX - box.left, event.clientY - box.top), extend);
  };

  return (
    <div
      ref={scroll}
      class="cells"
      role="grid"
      tabIndex={0}
      aria-label={`Elements, ${formatCount(rows)} rows by ${formatCount(columns)} columns`}
      aria-rowcount={rows + 1}
      aria-colcount={columns + 1}
      aria-multiselectable={true}
      aria-activedescendant={isIn(down.seen, active.row) && isIn(along.seen, active.column) ? cellId(active.row, active.column) : undefined}
      style={{ maxHeight: `${rowHeight * (mostRows + 1) + 2}px`, width: `${headWidth + along.span * columnWidth + edges}px` }}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button === 0 && isCell(event.target)) point(event, event.shiftKey);
      }}
      onPointerMove={(event) => {
        if ((event.buttons & 1) === 1 && isCell(event.target)) point(event, true);
      }}
    >
      <div role="presentation" class="area" style={{ width: `${headWidth + along.span * columnWidth}px`, height: `${rowHeight * (down.span + 1)}px` }}>
        <div role="row" class="heads" aria-rowindex={1}>
          <div role="columnheader" class="head corner" aria-colindex={1} style={{ width: `${headWidth}px` }}>{corner}</div>
          {indices(along.seen).map((column) => (
            <div
              key={column}
              role="columnheader"
              class={`head ${isIn(selected.columns, column) ? 'on' : ''}`}
              aria-colindex={column + 2}
              style={{ width: `${columnWidth}px`, left: `${headWidth + (column - along.base) * columnWidth}px` }}
            >
              {columnHead ?? formatCount(column)}
            </div>
          ))}
        </div>
        {indices(down.seen).map((row) => (
          <div key={row} role="row" class="line" aria-rowindex={row + 2} style={{ top: `${(row - down.base + 1) * rowHeight}px` }}>
            <div role="rowheader" class={`head ${isIn(selected.rows, row) ? 'on' : ''}`} aria-colindex={1} style={{ width: `${headWidth}px` }}>{formatCount(row)}</div>
            {indices(along.seen).map((column) => {
              const found = look(row, column);
              const isActive = row === active.row && column === active.column;
              const isSelected = isIn(selected.rows, row) && isIn(selected.columns, column);
              return (
                <div
                  key={column}
                  id={cellId(row, column)}
                  role="gridcell"
                  class={`cell ${found?.kind ?? 'unread'} ${isActive ? 'active' : ''} ${isSelected && !isActive ? 'selected' : ''}`}
                  aria-colindex={column + 2}
                  aria-selected={isSelected}
                  title={found?.exact}
                  style={{ width: `${columnWidth}px`, left: `${headWidth + (column - along.base) * columnWidth}px` }}
                >
                  {found?.text ?? '·'}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Where a key leads; null: nowhere. */
function moved(key: string, jump: boolean, { row, column }: Cell, size: { rows: number; columns: number }, page: { rows: number; columns: number }): Cell | null {
  const last = { row: Math.max(0, size.rows - 1), column: Math.max(0, size.columns - 1) };
  const at = (toRow: number, toColumn: number): Cell => ({ row: Math.max(0, Math.min(last.row, toRow)), column: Math.max(0, Math.min(last.column, toColumn)) });
  // Of a single column, its ends are what one goes to.
  const isColumn = size.columns <= 1;
  switch (key) {
    case 'ArrowUp': return at(jump ? 0 : row - 1, column);
    case 'ArrowDown': return at(jump ? last.row : row + 1, column);
    case 'ArrowLeft': return at(row, jump ? 0 : column - 1);
    case 'ArrowRight': return at(row, jump ? last.column : column + 1);
    case 'PageUp': return at(row - page.rows, column);
    case 'PageDown': return at(row + page.rows, column);
    case 'Home': return jump || isColumn ? at(0, 0) : at(row, 0);
    case 'End': return jump || isColumn ? at(last.row, last.column) : at(row, last.column);
    default: return null;
  }
}

function indices([from, count]: Span): number[] {
  return Array.from({ length: count }, (_, place) => from + place);
}

function isIn([from, count]: Span, at: number): boolean {
  return at >= from && at < from + count;
}

function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

/** Heads and scroll bars are none. */
function isCell(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="gridcell"]') !== null;
}
