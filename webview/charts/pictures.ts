import type { Picture } from '../../src/core/analysis/report';

/** What a heatmap draws of a picture. */
export interface DrawnPicture {
  readonly rows: number;
  readonly columns: number;
  /** (rows, columns), row-major; NaN where no finite element falls. */
  readonly mean: Float32Array;
  /** (rows, columns), bits as the picture's. */
  readonly flags: Uint8Array;
}

const unseen = 4;

/**
 * A picture with no more cells than the screen has pixels, since a renderer draws the cell under a pixel's middle and
 * would leave others out: means of means, and a NaN or an infinity anywhere stays. Itself where it fits.
 */
export function fitted(picture: Picture, mostRows: number, mostColumns: number): DrawnPicture {
  const rows = Math.min(picture.rows, Math.max(1, mostRows));
  const columns = Math.min(picture.columns, Math.max(1, mostColumns));
  if (rows === picture.rows && columns === picture.columns) return picture;
  const sum = new Float64Array(rows * columns);
  const count = new Uint32Array(rows * columns);
  const seen = new Uint8Array(rows * columns);
  const flags = new Uint8Array(rows * columns);
  for (let row = 0; row < picture.rows; row++) {
    const start = Math.floor((row * rows) / picture.rows) * columns;
    for (let column = 0; column < picture.columns; column++) {
      const from = row * picture.columns + column;
      const to = start + Math.floor((column * columns) / picture.columns);
      const flag = picture.flags[from] ?? 0;
      if ((flag & unseen) === 0) seen[to] = 1;
      flags[to] = (flags[to] ?? 0) | flag;
      const mean = picture.mean[from] ?? NaN;
      if (Number.isNaN(mean)) continue;
      sum[to] = (sum[to] ?? 0) + mean;
      count[to] = (count[to] ?? 0) + 1;
    }
  }
  return {
    rows,
    columns,
    mean: Float32Array.from(sum, (total, cell) => total / (count[cell] ?? 0)),
    flags: flags.map((flag, cell) => (seen[cell] === 1 ? flag & ~unseen : flag)),
  };
}

/** The first and the last of a picture's `size` rows (or columns) that are drawn as one of `cells`. */
export function spanOf(cell: number, cells: number, size: number): readonly [first: number, last: number] {
  return [Math.ceil((cell * size) / cells), Math.ceil(((cell + 1) * size) / cells) - 1];
}
