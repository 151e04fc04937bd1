import type { Histogram, Picture, Series } from '../../src/core/analysis/report';
import type { CountedHistograms } from './ridgelines';
import { binWidth, totalOf } from './bins';
import type { HeatmapCell, HeatmapChart } from './heatmap';

/** The numbers behind a picture, as a table. */
export interface Numbers {
  readonly columns: readonly string[];
  readonly rows: number;
  cell(row: number, column: number): number;
}

/** RFC 4180, every digit: what is read back is the same number. Infinities and NaN are spelled as NumPy and pandas read them. */
export function csvOf({ columns, rows, cell }: Numbers): string {
  const lines = [columns.join(',')];
  for (let row = 0; row < rows; row++) lines.push(columns.map((_, column) => numberText(cell(row, column))).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

/** A row per bin. What lies beyond the range stands in a first and a last row with an infinite edge, where there is any. */
export function binNumbers(histogram: Histogram): Numbers {
  const { low, high, counts, below, above } = histogram;
  const width = binWidth(histogram);
  const total = totalOf(histogram);
  const bins = [...counts].map((count, bin) => [low + bin * width, bin === counts.length - 1 ? high : low + (bin + 1) * width, count]);
  const rows = [...(below > 0 ? [[-Infinity, low, below]] : []), ...bins, ...(above > 0 ? [[high, Infinity, above]] : [])];
  const columns = ['low', 'high', 'count', 'density'];
  return {
    columns,
    rows: rows.length,
    cell(row, column) {
      const [from = NaN, to = NaN, count = NaN] = rows[row] ?? [];
      return [from, to, count, total === 0 ? 0 : count / total / (to - from)][column] ?? NaN;
    },
  };
}

/** A row per group; of more groups than the page is told of, a row per bin of their histogram. */
export function seriesNumbers({ values, histogram }: Series, name: string): Numbers {
  if (values === null) return binNumbers(histogram);
  return { columns: ['group', name], rows: values.length, cell: (row, column) => (column === 0 ? row : values[row] ?? NaN) };
}

/** A row per pixel. `flags` are bits: 1 NaN, 2 infinite, 4 not looked at, 8 masked. */
export function pictureNumbers({ rows, columns, mean, min, max, flags }: Picture): Numbers {
  return {
    columns: ['row', 'column', 'mean', 'min', 'max', 'flags'],
    rows: rows * columns,
    cell: (pixel, column) => [Math.floor(pixel / columns), pixel % columns, mean[pixel], min?.[pixel], max?.[pixel], flags[pixel]][column] ?? NaN,
  };
}

/** Rows (or columns) that are drawn as one. */
export interface Run {
  readonly from: number;
  readonly count: number;
}

/** The rows and columns of cells that a heatmap shows, in elements. */
export function cellGrid({ shown, cellOf }: Pick<HeatmapChart, 'shown' | 'cellOf'>): { readonly rows: readonly Run[]; readonly columns: readonly Run[] } {
  const runs = (from: number, count: number, at: (element: number) => Run): Run[] => {
    const found: Run[] = [];
    for (let element = from; element < from + count; ) {
      const run = at(element);
      found.push(run);
      element = Math.max(element + 1, run.from + run.count);
    }
    return found;
  };
  return {
    rows: runs(shown.row, shown.rows, (element) => (({ row, rows }) => ({ from: row, count: rows }))(cellOf(element, shown.column))),
    columns: runs(shown.column, shown.columns, (element) => (({ column, columns }) => ({ from: column, count: columns }))(cellOf(shown.row, element))),
  };
}

/** A row per cell of the part of a heatmap that is shown; places are elements of the matrix. */
export function cellNumbers(chart: Pick<HeatmapChart, 'shown' | 'cellOf'>): Numbers {
  const { rows, columns } = cellGrid(chart);
  const names = ['row', 'rows', 'column', 'columns', 'mean', 'min', 'max', 'flags'] as const satisfies readonly (keyof HeatmapCell)[];
  return {
    columns: names,
    rows: rows.length * columns.length,
    cell(index, column) {
      const [row, along] = [rows[Math.floor(index / columns.length)], columns[index % columns.length]];
      const name = names[column];
      return row === undefined || along === undefined || name === undefined ? NaN : chart.cellOf(row.from, along.from)[name] ?? NaN;
    },
  };
}

/** A row per bin of every histogram; what lies beyond the range stands in rows with an infinite edge, where there is any. */
export function histogramsNumbers({ of, low, high, bins, size, counts, below, above }: CountedHistograms): Numbers {
  const width = (high - low) / bins;
  // Places among a histogram's bins: −1 below them, `bins` above.
  const beyond = Array.from({ length: size }, (_, row) => [...((below[row] ?? 0) > 0 ? [[row, -1]] : []), ...((above[row] ?? 0) > 0 ? [[row, bins]] : [])]).flat();
  const inside = size * bins;
  return {
    columns: [of, 'low', 'high', 'count'],
    rows: inside + beyond.length,
    cell(index, column) {
      const [row = 0, bin = 0] = index < inside ? [Math.floor(index / bins), index % bins] : (beyond[index - inside] ?? []);
      if (bin < 0) return [row, -Infinity, low, below[row]][column] ?? NaN;
      if (bin === bins) return [row, high, Infinity, above[row]][column] ?? NaN;
      return [row, low + bin * width, bin === bins - 1 ? high : low + (bin + 1) * width, counts[row * bins + bin]][column] ?? NaN;
    },
  };
}

/** A row per value of x, a column per curve; NaN where a curve has no value. */
export function curveNumbers(x: string, curves: readonly { readonly label: string; readonly x: readonly number[]; readonly y: readonly (number | null)[] }[]): Numbers {
  const xs = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  return {
    columns: [x, ...curves.map(({ label }) => label)].map((name) => name.replaceAll(',', '').replaceAll(' ', '_')),
    rows: xs.length,
    cell(row, column) {
      const at = xs[row] ?? NaN;
      const curve = curves[column - 1];
      return curve === undefined ? at : (curve.y[curve.x.indexOf(at)] ?? NaN);
    },
  };
}
