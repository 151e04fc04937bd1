import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Slice } from '../../../src/core/analysis/slice';
import { elementText, indexText, sliceText, type TextFormat } from '../../../src/core/analysis/sliceText';
import { defaultLimits } from '../../../src/core/limits';
import type { DType } from '../../../src/core/tensor/dtype';
import type { TensorInfo } from '../../../src/core/tensor/tensor';
import { formatCount } from '../../../src/core/text/numbers';
import { useReading } from '../../reading';
import { Blocks, type Window } from './blocks';
import { Cut } from './cut';
import { Grid } from './grid';
import { cellWidth, lookOf } from './look';
import { bounded, cellOf, indexOf, movedTo, requestOf, selectionOf, sizeOf, type Place } from './place';

interface TableProps {
  readonly info: TensorInfo & { readonly dtype: DType };
  /** Index in the catalog. */
  readonly tensor: number;
  /** What it is called where it is copied to. */
  readonly name: string;
  readonly roles: string;
  readonly place: Place;
  setPlace(place: Place): void;
}

const formatNames: Readonly<Record<TextFormat, string>> = { python: 'Python', csv: 'CSV', json: 'JSON', tsv: 'text' };
const offered: readonly TextFormat[] = ['python', 'csv', 'json'];
const nothing: Window = { rows: [0, 0], columns: [0, 0] };

/** What was said last, below the cells. */
interface Said {
  readonly kind: 'note' | 'error';
  readonly text: string;
}

/** One cut of a tensor as numbers: read where one looks, kept for when one looks there again. */
export function Table({ info, tensor, name, roles, place, setPlace }: TableProps) {
  const { shape, dtype } = info;
  const { rowAxis, columnAxis, index } = place;
  const reading = useReading();
  const blocks = useMemo(() => new Blocks(), []);
  const [seen, setSeen] = useState(nothing);
  const [, redraw] = useState({});
  const [said, setSaid] = useState<Said | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const rows = sizeOf(shape, rowAxis);
  const columns = sizeOf(shape, columnAxis);
  const cut = JSON.stringify([rowAxis, columnAxis, index.map((at, axis) => (axis === rowAxis || axis === columnAxis ? null : at))]);
  const active = cellOf(place);
  const selected = selectionOf(place);

  // A tensor that is empty along another axis has no element in any cut.
  const isEmpty = shape.includes(0);
  const missing = isEmpty ? null : blocks.missing(cut, seen, { rows, columns });
  const wanted = missing === null ? '' : `${cut} ${missing.rows.join()} ${missing.columns.join()}`;
  useEffect(() => {
    if (missing === null || failure !== null) return;
    void reading.slice('view', tensor, requestOf(place, missing.rows, missing.columns)).then((reply) => {
      if (reply.ok) {
        blocks.put(cut, missing, reply.value);
        redraw({});
        // Newer numbers were asked for, and their own answer comes.
      } else if (reply.error.code !== 'cancelled') setFailure(reply.error.message);
    });
  }, [wanted, failure === null]);

  const copy = async (format: TextFormat, window: Window) => {
    const part = bounded(window.rows, window.columns, defaultLimits.sliceElements);
    const request = requestOf(place, part.rows, part.columns);
    const reply = await reading.slice('copy', tensor, request);
    if (!reply.ok) return setSaid({ kind: 'error', text: reply.error.message });
    reading.copyText(textOf(reply.value, format, { name, dtype, shape, request }));
    setSaid({ kind: 'note', text: copiedText(format, window, part, indexText(shape, request)) });
  };
  const isSeveral = selected.rows[1] * selected.columns[1] > 1;
  const chosen: Window = isSeveral ? selected : { rows: [0, rows], columns: [0, columns] };
  const say = useCallback((text: string | null) => setSaid(text === null ? null : { kind: 'error', text }), []);
  const look = (row: number, column: number) => {
    const found = blocks.find(cut, row, column);
    return found === null ? null : lookOf(found.slice, found.place, dtype);
  };
  const exact = look(active.row, active.column)?.exact ?? '…';

  return (
    <>
      <div class="controls">
        <Cut shape={shape} roles={roles} place={place} setPlace={setPlace} say={say} />
        {!isEmpty && (
          <span class="copies" role="group" aria-label="Copy">
            {isSeveral ? 'Copy selection as' : 'Copy as'}
            {offered.map((format) => <button key={format} class="link" onClick={() => void copy(format, chosen)}>{formatNames[format]}</button>)}
          </span>
        )}
      </div>
      {failure !== null && (
        <p class="sentence error" role="alert">
          <span>{failure}</span> <button class="link" onClick={() => setFailure(null)}>Retry</button>
        </p>
      )}
      {isEmpty ? (
        <p class="note">The tensor has no elements.</p>
      ) : (
        <Grid
          rows={rows}
          columns={columns}
          columnWidth={cellWidth(dtype)}
          corner={`${sideName(rowAxis, roles, '↓')}${columnAxis === null ? '' : ` ${sideName(columnAxis, roles, '→')}`}`}
          columnHead={columnAxis === null ? 'value' : null}
          active={active}
          selected={selected}
          look={look}
          move={(cell, extend) => setPlace(movedTo(place, cell, extend))}
          copy={() => void copy('tsv', selected)}
          see={setSeen}
        />
      )}
      <p class="caption">
        <span class="readout">{isEmpty ? '' : `[${indexOf(place, active).join(', ')}] = ${exact}`}{isSeveral ? `, ${formatCount(selected.rows[1])} × ${formatCount(selected.columns[1])} selected` : ''}</span>
        <span>{dtype}</span>
      </p>
      <p class={`said ${said?.kind ?? ''}`} role="status">{said?.text ?? ''}</p>
    </>
  );
}

/** A single element without a line's end: it goes into the middle of something. */
function textOf(slice: Slice, format: TextFormat, source: Parameters<typeof sliceText>[1]): string {
  return format === 'tsv' && slice.values.length === 1 ? elementText(slice, 0, source.dtype) : sliceText(slice, source, format);
}

function copiedText(format: TextFormat, asked: Window, part: Window, where: string): string {
  const [whole, copied] = [asked, part].map(({ rows, columns }) => rows[1] * columns[1]) as [number, number];
  const text = `Copied ${where} as ${formatNames[format]}`;
  if (copied === whole) return `${text}.`;
  return `${text}: ${formatCount(copied)} of ${formatCount(whole)} elements. The rest is left out: at most ${formatCount(defaultLimits.sliceElements)} are copied at once; select others to copy them.`;
}

/** `T ↓`, `1 ↓` */
function sideName(axis: number | null, roles: string, arrow: string): string {
  return axis === null ? '' : `${roles[axis] ?? axis} ${arrow}`;
}
