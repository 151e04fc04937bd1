import { useRef, useState } from 'preact/hooks';
import type { MethodReport, Report } from '../../src/core/analysis/report';
import { formatCount } from '../../src/core/text/numbers';
import { blockCells, blockHeight, blockPicture, placeOf, type BlockCell } from '../charts/blocks';
import { groupingOf, spansOf } from '../charts/groups';
import type { Numbers } from '../charts/numbers';
import { Export } from '../export/export';
import { useHovered } from './hovered';
import { PlotTable } from './plotTable';

interface BlockPictureProps {
  readonly report: Report;
  /** Null: the block alone, nothing shared. */
  readonly method: MethodReport | null;
}

/** What an arrow key moves the cursor by; with Shift, up and down go through the samples. */
const steps: Readonly<Record<string, (cell: BlockCell, shift: boolean) => BlockCell>> = {
  ArrowLeft: (cell) => ({ ...cell, channel: cell.channel - 1 }),
  ArrowRight: (cell) => ({ ...cell, channel: cell.channel + 1 }),
  ArrowUp: (cell, shift) => (shift ? { ...cell, sample: cell.sample + 1 } : { ...cell, position: cell.position - 1 }),
  ArrowDown: (cell, shift) => (shift ? { ...cell, sample: cell.sample - 1 } : { ...cell, position: cell.position + 1 }),
};

/**
 * The tensor as a block with one set of elements that share a mean and a variance; the sentence beside it says the same.
 * The cell under the pointer or the cursor lights up its set, here and in every other picture.
 */
export function BlockPicture({ report: { tensor, layout }, method }: BlockPictureProps) {
  const hovered = useHovered();
  const [tabled, setTabled] = useState(false);
  const cursor = useRef<BlockCell | null>(null);
  const { shape } = tensor;
  const { roles } = layout;
  if (shape.length === 0) return null;
  const place = hovered.place.value;
  const lit = place === null ? null : { place, spans: method === null ? null : spansOf(shape, groupingOf(roles, method), place) };
  const { faces, labels, box } = blockPicture(shape, roles, method, lit);
  const go = (cell: BlockCell | null) => {
    cursor.current = cell;
    hovered.hover(cell === null ? null : placeOf(shape, roles, cell));
  };
  const cellOf = ({ target }: Event) => (target instanceof SVGPolygonElement ? faces[Number(target.dataset['face'])]?.cell ?? null : null);
  const pin = () => cursor.current !== null && hovered.pin(placeOf(shape, roles, cursor.current));
  const label = `${method === null ? 'The tensor as a block' : `What shares one set of statistics by ${method.label}`}: ${labels.map(({ text }) => text).join(', ')}`;
  return (
    <figure class="block">
      <div
        class="plot"
        role="img"
        aria-label={label}
        tabIndex={0}
        onPointerMove={(event) => go(cellOf(event))}
        onPointerLeave={() => go(null)}
        onBlur={() => go(null)}
        onClick={(event) => {
          cursor.current = cellOf(event);
          pin();
        }}
        onKeyDown={(event) => {
          const step = steps[event.key];
          if (event.key === 'Enter') pin();
          if (event.key === 't' && !event.ctrlKey && !event.metaKey && !event.altKey) setTabled(!tabled);
          if (step === undefined) return;
          event.preventDefault();
          const most = blockCells(shape, roles);
          // Without positions the samples lie where one looks for them.
          const next = step(cursor.current ?? { sample: 0, position: 0, channel: most.channel - 1 }, event.shiftKey || most.position === 1);
          const within = (kind: keyof BlockCell) => Math.min(most[kind] - 1, Math.max(0, next[kind]));
          go({ sample: within('sample'), position: within('position'), channel: within('channel') });
        }}
      >
        <svg class="blocks picture" width={box.width} height={blockHeight} viewBox={`${box.left} 0 ${box.width} ${blockHeight}`} aria-hidden="true">
          {faces.map(({ points, side, shared, here }, index) => (
            <polygon key={points} points={points} data-face={index} class={`${side} ${shared ? 'shared' : ''} ${here ? 'here' : ''}`} />
          ))}
          {labels.map(({ x, y, text, anchor }) => <text key={text} x={x} y={y} text-anchor={anchor}>{text}</text>)}
        </svg>
      </div>
      {tabled && <PlotTable label={label} columns={['axis', 'size', 'reduced']} rows={shape.map((size, axis) => [roles[axis] ?? String(axis), formatCount(size), method === null ? '–' : method.reducedAxes.includes(axis) ? 'yes' : 'no'])} note="" />}
      <Export name={`block-${method?.id ?? 'raw'}`} caption={method === null ? '' : `Coloured: elements with one set of statistics (${method.sharedBy})`} draw={nothing} numbers={() => axisNumbers(shape, method)} />
    </figure>
  );
}

/** The block is an SVG on the page, which an export takes as it is. */
const nothing = () => ({ layers: [] });

/** A row per axis: its size, and whether the method reduces it. */
function axisNumbers(shape: readonly number[], method: MethodReport | null): Numbers {
  return {
    columns: ['axis', 'size', 'reduced'],
    rows: shape.length,
    cell: (axis, column) => [axis, shape[axis] ?? NaN, method?.reducedAxes.includes(axis) === true ? 1 : 0][column] ?? NaN,
  };
}
