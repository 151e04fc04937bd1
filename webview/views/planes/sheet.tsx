import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Report, View } from '../../../src/core/analysis/report';
import { sharedRange, type HeatmapRange } from '../../charts/heatmap';
import { colourPixels, ownColours, ownRange, placeOfPlane, planeLabel, planeLayer, type ColourRange, type PlaneAxes } from '../../charts/planes';
import type { TileCells } from '../../charts/tiles';
import { useDrawing } from '../../drawing';
import { ExportingContext } from '../../export/exporting';
import { sheetPng, type SheetPart } from '../../export/sheetPicture';
import { useVirtualRows } from '../catalog/useVirtual';
import { Picture, type PlotSize } from '../plot';
import { PlotTable } from '../plotTable';
import { coloursText, planeNumbers, readoutText, sharedColours, spokenName, viewName } from './planeText';
import type { PlaneStore } from './planeStore';

export interface SheetProps {
  readonly report: Report;
  readonly axes: PlaneAxes;
  readonly store: PlaneStore;
  /** Axes with a plane for each of their steps. */
  readonly over: readonly number[];
  /** Planes before the first that is shown. */
  readonly offset: number;
  readonly count: number;
  readonly slice: number | null;
  readonly views: readonly View[];
  readonly own: boolean;
  /** The axis whose three channels are the colours of a picture; null: planes of one value. */
  readonly colours: number | null;
  /** Of one plane, CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly label: string;
}

/** CSS pixels; `.contactSheet` has the same. */
const gap = 12;
const padding = 8;
/** Planes become smaller by no more than this for one column more. */
const leastShrunk = 0.85;
const between = 2;
const labelHeight = 18;
const mostHeight = 480;

/** Columns of planes, each with its views side by side, that fill the width. @param label CSS pixels of the longest, for which there is room however small the plane */
function gridOf({ width, height }: SheetProps['size'], views: number, label: number, room: number): { readonly size: SheetProps['size']; readonly pitch: number; readonly columns: number } {
  const own = Math.max(views * (width + between) - between, label) + gap;
  const columns = Math.max(1, Math.floor((room + gap) / own));
  const shrunk = Math.floor(((room + gap) / (columns + 1) - gap + between) / views - between);
  const closer = (room + gap) / (columns + 1) - gap >= label && shrunk >= leastShrunk * width;
  const fitting = closer ? columns + 1 : columns;
  return { size: closer ? { width: shrunk, height: Math.round((height / width) * shrunk) } : { width, height }, columns: fitting, pitch: Math.max(closer ? 0 : own, Math.floor((room + gap) / fitting)) };
}

/** The planes as a grid, of which only the rows near the window exist. */
export function Sheet(props: SheetProps) {
  const { report, axes, store, over, offset, count, slice, views, own, colours, label } = props;
  const { shape } = report.tensor;
  const { roles } = report.layout;
  const exporting = useContext(ExportingContext);
  const { theme } = useDrawing();
  const scroll = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [active, setActive] = useState(0);
  const [hovered, setHovered] = useState<number | null>(null);
  const [tabled, setTabled] = useState(false);
  useLayoutEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  const { size, pitch, columns } = gridOf(props.size, views.length, planeLabel(roles, over, shape).length * 7, width - 2 * padding);
  const rowHeight = size.height + labelHeight + gap;
  const rows = Math.ceil(count / columns);
  const { height, items, reveal } = useVirtualRows(scroll, rows, rowHeight, 0);
  const current = Math.min(active, count - 1);
  const placeOf = (index: number) => {
    const place = placeOfPlane(shape, over, offset + index);
    return axes.depth === null || slice === null ? place : place.with(axes.depth, slice);
  };
  const channels = (place: readonly number[]) => (colours === null ? [place] : [0, 1, 2].map((channel) => place.with(colours, channel)));
  const seen = items.flatMap(({ index }) => indicesOf(index, columns, count));
  const wanted = seen.flatMap((index) => channels(placeOf(index)));
  useEffect(() => store.want(wanted), [store, wanted.map((place) => place.join()).join(' ')]);
  useEffect(() => reveal(Math.floor(current / columns)), [current, columns]);
  // Planes come by and by.
  void store.version.value;

  const ranges = useMemo(() => rangesOf(report.views), [report]);
  const shared = useMemo(() => new Map(views.map((view) => [view.id, sharedColours(report, view)] as const)), [report, views]);
  const look = { map: theme.value.diverging, colours: theme.value.heatmap };
  const partOf = (index: number, view: View['id'], left: number): SheetPart | null => {
    const known = channels(placeOf(index)).map((place) => store.cells(place, view));
    const [cells] = known;
    if (cells === null || cells === undefined || known.includes(null)) return null;
    const at = { left, width: size.width, height: size.height };
    if (colours !== null) {
      const three = known as [TileCells, TileCells, TileCells];
      const range = own ? ownColours(three) : (shared.get(view) as ColourRange);
      return { ...at, pixels: new ImageData(colourPixels(three, range), cells.columns, cells.rows) };
    }
    const range = own ? ownRange(cells) : (ranges.get(view) as HeatmapRange);
    return { ...at, layer: (dpr: number) => planeLayer(cells, { x: left * dpr, y: 0, width: size.width * dpr, height: size.height * dpr }, range, look) };
  };
  const partsOf = (row: number): SheetPart[] =>
    indicesOf(row, columns, count).flatMap((index, column) =>
      views.flatMap(({ id }, view) => partOf(index, id, column * pitch + view * (size.width + between)) ?? []),
    );
  const labelOf = (index: number) => planeLabel(roles, over, placeOf(index));
  const save = async () => {
    const { scrollTop = 0, clientHeight = mostHeight } = scroll.current ?? {};
    const visible = items.filter(({ start }) => start + rowHeight > scrollTop && start < scrollTop + clientHeight);
    const lines = visible.map(({ index }) => ({ parts: partsOf(index), labels: indicesOf(index, columns, count).map((plane, column) => ({ left: column * pitch, text: labelOf(plane) })) }));
    const title = `${exporting?.subject ?? ''}: ${label}${views.length > 1 ? `; from the left ${views.map(({ id }) => viewName(id)).join(', ')}` : `, ${viewName(views[0]?.id ?? 'raw')}`}`;
    exporting?.save('planes', 'png', await sheetPng(scroll.current as HTMLElement, lines, { width: columns * pitch - gap, rowHeight, labelTop: size.height }, title, theme.value));
  };
  const told = hovered ?? current;
  const readout = `${labelOf(told)}: ${views.map((view) => readoutText(view, channels(placeOf(told)).map((place) => store.cells(place, view.id)))).join('; ')}`;

  return (
    <figure>
      <div
        ref={scroll}
        class="planes"
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows}
        aria-colcount={columns}
        aria-activedescendant={seen.includes(current) ? `plane-${current}` : undefined}
        style={{ maxHeight: `${mostHeight}px` }}
        onPointerLeave={() => setHovered(null)}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === 't') return setTabled(!tabled);
          if (event.key === 'e' && exporting !== null) return void save();
          const by = stepOf(event.key, columns, Math.max(1, Math.floor(mostHeight / rowHeight)), count);
          if (by === null) return;
          event.preventDefault();
          setHovered(null);
          setActive(Math.max(0, Math.min(count - 1, current + by)));
        }}
      >
        <div role="presentation" class="area" style={{ height: `${height}px` }}>
          {items.map(({ index: row, start }) => (
            <div key={row} role="row" class="line" aria-rowindex={row + 1} style={{ top: `${start}px`, height: `${rowHeight}px` }}>
              <Row parts={partsOf(row)} width={columns * pitch - gap} height={size.height} />
              {indicesOf(row, columns, count).map((index, column) => (
                <div
                  key={index}
                  id={`plane-${index}`}
                  role="gridcell"
                  class={index === current ? 'plane active' : 'plane'}
                  aria-colindex={column + 1}
                  aria-selected={index === current}
                  style={{ left: `${column * pitch}px`, width: `${pitch - gap}px` }}
                  onPointerEnter={() => setHovered(index)}
                  onClick={() => setActive(index)}
                >
                  {views.map(({ id }, view) => <i key={id} class="frame" style={{ left: `${view * (size.width + between)}px`, width: `${size.width}px`, height: `${size.height}px` }} />)}
                  <span style={{ paddingTop: `${size.height}px` }}>{labelOf(index)}</span>
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      <figcaption class="caption">
        <span class="readout" title={store.failure ?? readout}>{store.failure ?? readout}</span>
        {exporting !== null && <button class="link" title="Export what is seen of the sheet (key e)" onClick={() => void save()}>Export PNG</button>}
      </figcaption>
      {colours !== null && <p class="qualifier">{coloursText(views, own ? null : shared)}</p>}
      {tabled && <PlotTable label={`${labelOf(current)} of ${views.map(({ id }) => spokenName(id)).join(', ')}`} {...planeNumbers(store.cells(channels(placeOf(current))[0] ?? [], views[0]?.id ?? 'raw'))} />}
    </figure>
  );
}

function indicesOf(row: number, columns: number, count: number): number[] {
  return Array.from({ length: Math.max(0, Math.min(columns, count - row * columns)) }, (_, column) => row * columns + column);
}

/** The heatmaps' own ranges: a plane has the colours that it has there. */
function rangesOf(views: readonly View[]): ReadonlyMap<View['id'], HeatmapRange> {
  const after = sharedRange(views.filter(({ id }) => id !== 'raw').map(({ picture }) => picture));
  return new Map(views.map(({ id, picture }) => [id, id === 'raw' ? sharedRange([picture]) : after]));
}

/** How many planes a key goes on by; null: nowhere. */
function stepOf(key: string, columns: number, page: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -columns * page, PageDown: columns * page, Home: -count, End: count };
  return steps[key] ?? null;
}

/** One row's planes on one canvas; pictures in colours each on its own. */
function Row({ parts, width, height }: { readonly parts: readonly SheetPart[]; readonly width: number; readonly height: number }) {
  const { renderer } = useDrawing();
  const [dpr, setDpr] = useState(window.devicePixelRatio);
  useEffect(() => {
    const follow = () => setDpr(window.devicePixelRatio);
    window.addEventListener('resize', follow);
    return () => window.removeEventListener('resize', follow);
  }, []);
  const layers = parts.flatMap((part) => ('layer' in part ? [part.layer] : []));
  const size = useMemo((): PlotSize => ({ width: Math.max(1, Math.floor(width)), height, dpr }), [width, height, dpr]);
  // Only what it draws makes it another drawing: rows are rendered with every move of the pointer.
  const identity = layers.map((layer) => (({ values, map, high, rect }) => `${numberOf(values)} ${numberOf(map)} ${high} ${rect.x} ${rect.width}`)(layer(1))).join();
  const draw = useCallback((of: PlotSize) => ({ layers: layers.map((layer) => layer(of.dpr)) }), [identity, size]);
  const chosen = renderer.value;
  return (
    <>
      {chosen !== null && layers.length > 0 && <Picture renderer={chosen} draw={draw} size={size} />}
      {parts.flatMap((part, index) => ('pixels' in part ? [<Pixels key={index} {...part} />] : []))}
    </>
  );
}

const numbered = new WeakMap<object, number>();
let lastNumber = 0;

/** A number for each array. */
function numberOf(values: object): number {
  const known = numbered.get(values) ?? ++lastNumber;
  numbered.set(values, known);
  return known;
}

function Pixels({ left, width, height, pixels }: Extract<SheetPart, { pixels: ImageData }>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => canvas.current?.getContext('2d')?.putImageData(pixels, 0, 0), [pixels]);
  return <canvas ref={canvas} class="pixels" width={pixels.width} height={pixels.height} style={{ left: `${left}px`, width: `${width}px`, height: `${height}px` }} />;
}

