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
  const cells = rows * columns;
  const sum = new Float64Array(cells);
  const count = new Uint32Array(cells);
  const seen = new Uint8Array(cells);
  const flags = new Uint8Array(cells);
  const across = Int32Array.from({ length: picture.columns }, (_, column) => Math.floor((column * columns) / picture.columns));
  for (let row = 0, from = 0; row < picture.rows; row++) {
    const start = Math.floor((row * rows) / picture.rows) * columns;
    for (let column = 0; column < picture.columns; column++, from++) {
      const to = start + (across[column] ?? 0);
      const flag = picture.flags[from] ?? 0;
      if ((flag & unseen) === 0) seen[to] = 1;
      flags[to] = (flags[to] ?? 0) | flag;
      const mean = picture.mean[from] ?? NaN;
      if (Number.isNaN(mean)) continue;
      sum[to] = (sum[to] ?? 0) + mean;
      count[to] = (count[to] ?? 0) + 1;
    }
  }
  // Loops: `from` and `map` with a function take ten times as long, and this stands before the first picture.
  const mean = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    mean[cell] = (sum[cell] ?? 0) / (count[cell] ?? 0);
    if (seen[cell] === 1) flags[cell] = (flags[cell] ?? 0) & ~unseen;
  }
  return { rows, columns, mean, flags };
}

/** The first and the last of a picture's `size` rows (or columns) that are drawn as one of `cells`. */
export function spanOf(cell: number, cells: number, size: number): readonly [first: number, last: number] {
  return [Math.ceil((cell * size) / cells), Math.ceil(((cell + 1) * size) / cells) - 1];
}
