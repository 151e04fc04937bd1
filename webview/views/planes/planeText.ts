import type { Report, View } from '../../../src/core/analysis/report';
import { normalization } from '../../../src/core/engine/normalizations/registry';
import { formatCount, formatNumber } from '../../../src/core/text/numbers';
import type { ColourRange } from '../../charts/planes';
import type { TileCells } from '../../charts/tiles';
import type { PlotNumbers } from '../plotTable';

/** No table is longer or wider. */
const tableSide = 32;
/** Normalized values that black and full colour stand for, in σ. */
const colourSigmas = 2.5;

/** `raw −0.2 … 1.4, mean 0.31`. @param planes null where one is not known yet */
export function readoutText(view: View, planes: readonly (TileCells | null)[]): string {
  const name = spokenName(view.id);
  if (planes.includes(null)) return `${name} …`;
  let [low, high, sum, count, flags] = [Infinity, -Infinity, 0, 0, 0];
  for (const plane of planes as readonly TileCells[]) {
    plane.mean.forEach((value, pixel) => {
      flags |= plane.flags[pixel] ?? 0;
      if (Number.isNaN(value)) return;
      low = Math.min(low, plane.min?.[pixel] ?? value);
      high = Math.max(high, plane.max?.[pixel] ?? value);
      sum += value;
      count++;
    });
  }
  const marks = [...(flags & 1 ? ['NaN'] : []), ...(flags & 2 ? ['±Inf'] : []), ...(flags & 8 ? ['partly masked'] : [])];
  const values = count === 0 ? 'no finite value' : `${formatNumber(low)} … ${formatNumber(high)}, mean ${formatNumber(sum / count)}${unitOf(view)}`;
  return [`${name} ${values}`, ...marks].join(', ');
}

/** Raw values have none that is known, and after a weight and a bias they are in none of σ. */
function unitOf({ id, affine }: View): string {
  return id === 'raw' || affine !== undefined ? '' : '\u202fσ';
}

/** The numbers of a plane's pixels, from its upper left corner on. */
export function planeNumbers(cells: TileCells | null): PlotNumbers {
  if (cells === null) return { columns: [''], rows: [], note: 'Not read yet.' };
  const [rows, columns] = [Math.min(tableSide, cells.rows), Math.min(tableSide, cells.columns)];
  const text = (pixel: number) => ((cells.flags[pixel] ?? 0) & 1 ? 'NaN' : (cells.flags[pixel] ?? 0) & 2 ? '±Inf' : Number.isNaN(cells.mean[pixel] ?? NaN) ? '–' : formatNumber(cells.mean[pixel] ?? NaN));
  const isPart = rows < cells.rows || columns < cells.columns;
  return {
    columns: ['', ...Array.from({ length: columns }, (_, column) => formatCount(column))],
    rows: Array.from({ length: rows }, (_, row) => [formatCount(row), ...Array.from({ length: columns }, (_, column) => text(row * cells.columns + column))]),
    note: isPart ? `The first ${rows} × ${columns} of ${formatCount(cells.rows)} × ${formatCount(cells.columns)} pixels.` : '',
  };
}

/** One range of colours for all pictures of a view: what is usual for images, or what nearly all values lie in. */
export function sharedColours({ statistics: { min, max, quantiles } }: Report, { id, affine, histogram }: View): ColourRange {
  // Behind a weight and a bias it is no matter of σ.
  if (affine !== undefined) return { low: histogram.low, high: histogram.high };
  if (id !== 'raw') return { low: -colourSigmas, high: colourSigmas };
  const [least, most] = [min ?? 0, max ?? 1];
  if (least >= 0 && most <= 1) return { low: 0, high: 1 };
  if (least >= 0 && most <= 255 && most > 16) return { low: 0, high: 255 };
  const [low, high] = [quantiles?.['0.01'] ?? least, quantiles?.['0.99'] ?? most];
  return high > low ? { low, high } : { low: least - 0.5, high: most + 0.5 };
}

/** From where to where colours go. @param shared null: each picture has its own */
export function coloursText(views: readonly View[], shared: ReadonlyMap<View['id'], ColourRange> | null): string {
  if (shared === null) return 'Colours from the least to the greatest value of each picture. Magenta: a channel has no finite value.';
  const ranges = views.map((view) => `${spokenName(view.id)} ${formatNumber(shared.get(view.id)?.low ?? NaN)} … ${formatNumber(shared.get(view.id)?.high ?? NaN)}${unitOf(view)}`);
  return `Black to full colour: ${ranges.join(', ')}; values beyond are drawn at the ends. Magenta: a channel has no finite value.`;
}

/** As within a sentence. */
export function spokenName(id: View['id']): string {
  return id === 'raw' ? id : viewName(id);
}

export function viewName(id: View['id']): string {
  return id === 'raw' ? 'Raw' : normalization(id).label;
}
