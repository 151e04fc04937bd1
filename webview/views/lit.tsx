import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { isApplicable, type MethodReport, type Report, type Series } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber } from '../../src/core/text/numbers';
import { coordinatesAt, firstOf, groupAt, groupingOf, runsIn, spansOf, type Place, type Span } from '../charts/groups';
import type { HeatmapChart } from '../charts/heatmap';
import type { PixelRange } from '../charts/zoom';
import { Hovered, HoveredContext, useHovered } from './hovered';
import { placeFrom, tensorKey, useLook } from './look';
import type { PlotSize } from './plot';

/**
 * Around pictures of a tensor that light up together. An element of another tensor or layout is none of this. Escape lets go of a
 * pinned one, wherever the focus is.
 */
export function Lighting({ report, children }: { readonly report: Report; readonly children: ComponentChildren }) {
  const kept = useLook<Place | null>('pinned', tensorKey(report));
  const hovered = useMemo(() => new Hovered(placeFrom(kept.recall(), report.tensor.shape), kept.keep), [kept]);
  useLayoutEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => key === 'Escape' && hovered.pinned.peek() && hovered.release();
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [hovered]);
  return (
    <HoveredContext.Provider value={hovered}>
      {children}
      <LitSpoken report={report} />
    </HoveredContext.Provider>
  );
}

/** The first element of a heatmap's cell. */
export function placeAt({ tensor: { shape }, pictureRowAxes }: Report, cell: { readonly row: number; readonly column: number }): Place {
  return [...coordinatesAt(shape.slice(0, pictureRowAxes), cell.row), ...coordinatesAt(shape.slice(pictureRowAxes), cell.column)];
}

/** The first element of the first group whose value lies in a bin; null where the page is not told of every group. */
export function placeInBin(report: Report, method: MethodReport, { values }: Series, bin: { readonly low: number; readonly high: number }): Place | null {
  const group = values?.findIndex((value) => value >= bin.low && value <= bin.high) ?? -1;
  return group < 0 ? null : firstOf(report.tensor.shape, groupingOf(report.layout.roles, method), group);
}

interface LitOutlinesProps {
  readonly report: Report;
  readonly chart: HeatmapChart;
  readonly size: PlotSize;
  /** Whose groups: of one method in its own picture, of several in the raw one. */
  readonly methods: readonly MethodReport[];
}

/** Around what shares statistics with the lit element, in each method's colour. */
export function LitOutlines({ report: { tensor, layout, pictureRowAxes }, chart: { part, cell }, size, methods }: LitOutlinesProps) {
  const { place, pinned } = useHovered();
  if (place.value === null) return null;
  const at = place.value;
  const outline = (spans: readonly Span[]) => {
    const columns = runsIn(spans.slice(pictureRowAxes), cell.columns, part.column, part.column + part.columns);
    return runsIn(spans.slice(0, pictureRowAxes), cell.rows, part.row, part.row + part.rows)
      .flatMap((rows) => columns.map((run) => rectangle(rows, run, part, size)))
      .join('');
  };
  const own = tensor.shape.map((of, axis) => ({ size: of, first: at[axis] ?? 0, last: at[axis] ?? 0 }));
  return (
    <svg class={`overlay lit ${pinned.value ? 'pinned' : ''}`} aria-hidden="true">
      {methods.map((method) => {
        const d = outline(spansOf(tensor.shape, groupingOf(layout.roles, method), at));
        return <g key={method.id} class={`method-${method.id}`}><path class="halo" d={d} /><path class="group" d={d} /></g>;
      })}
      <path class="element" d={outline(own)} />
    </svg>
  );
}

/** Thinner ones are not seen, CSS pixels. */
const thinnest = 3;

function rectangle([top, bottom]: readonly [number, number], [left, right]: readonly [number, number], shown: PixelRange, { width, height }: PlotSize): string {
  const stretch = (from: number, to: number, first: number, count: number, length: number): [number, number] => {
    const [begin, end] = [((from - first) / count) * length, ((to - first) / count) * length];
    const more = Math.max(0, thinnest - (end - begin)) / 2;
    return [Math.round((begin - more) * 10) / 10, Math.round((end + more) * 10) / 10];
  };
  const [y0, y1] = stretch(top, bottom, shown.row, shown.rows, height);
  const [x0, x1] = stretch(left, right, shown.column, shown.columns, width);
  return `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
}

interface LitValueProps {
  readonly report: Report;
  readonly method: MethodReport;
  readonly series: Series;
  readonly size: PlotSize;
  /** Height of the axis, CSS pixels. */
  readonly axis: number;
}

/** Where the lit element's group stands among the others of its method. */
export function LitValue({ report, method, series, size, axis }: LitValueProps) {
  const place = useHovered().place.value;
  if (place === null) return null;
  const { low, high } = series.histogram;
  const value = series.values?.[groupAt(report.tensor.shape, groupingOf(report.layout.roles, method), place)] ?? NaN;
  if (!(value >= low && value <= high)) return null;
  const x = ((value - low) / (high - low)) * size.width;
  return (
    <svg class="overlay litValue" aria-hidden="true">
      <path d={`M${x} ${size.height - axis}V6M${x - 4} 0H${x + 4}L${x} 6Z`} />
    </svg>
  );
}

/** Beside a method's block: which group is lit, and its numbers. Of the raw tensor: which element. */
export function LitGroup({ report, method }: { readonly report: Report; readonly method: MethodReport | null }) {
  const hovered = useHovered();
  const place = hovered.place.value;
  const pinned = hovered.pinned.value;
  return (
    <p class="litGroup">
      {place !== null && (method === null ? elementText(place) : groupText(report, method, place))}
      {place !== null && pinned && method === null && <> pinned <button class="link" title="Escape" onClick={() => hovered.release()}>Release</button></>}
    </p>
  );
}

/** What a screen reader is told when an element is pinned. */
function LitSpoken({ report }: { readonly report: Report }) {
  const { place, pinned } = useHovered();
  const text =
    place.value === null || !pinned.value
      ? ''
      : [`Pinned ${elementText(place.value)}.`, ...report.methods.filter(isApplicable).map((method) => `${method.label}: ${groupText(report, method, place.value as Place)}.`)].join(' ');
  return <p class="spoken" role="status">{text}</p>;
}

function elementText(place: Place): string {
  return `element [${place.map(formatCount).join(', ')}]`;
}

/** `N 3, T 5: 64 values, μ 0.12, σ² 0.98`. */
function groupText({ tensor: { shape }, layout: { roles } }: Report, method: MethodReport, place: Place): string {
  const grouping = groupingOf(roles, method);
  const group = groupAt(shape, grouping, place);
  const name = spansOf(shape, grouping, place)
    .flatMap(({ size, first, last }, axis) => (grouping.kept[axis] === true && size > 0 ? [`${roles[axis]} ${formatCount(first)}${last > first ? `–${formatCount(last)}` : ''}`] : []))
    .join(', ');
  const number = (symbol: string, series: Series | undefined) => {
    const value = series?.values?.[group];
    return value === undefined ? [] : [`${symbol}\u202f${Number.isNaN(value) ? 'none' : formatNumber(value)}`];
  };
  const numbers = [counted(method.elementsPerGroup, 'element'), ...number('μ', method.mean), ...number('σ²', method.variance), ...number('mean square', method.meanSquare)];
  return `${name === '' ? 'all' : name}: ${numbers.join(', ')}`;
}
