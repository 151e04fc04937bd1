import type { HeatmapLayer, Rgba } from './renderer';

/** What one cell of a heatmap looks like: decided here once, for both back ends. */

/** Special cells come before a value: a NaN anywhere in a cell must not hide behind its mean. */
export const cellKinds = { value: 0, nan: 1, infinite: 2, unseen: 3, masked: 4 } as const;

/** Whether a pixel is on a stripe: those of masked cells run the other way. */
export function isStriped(x: number, y: number, kind: number): boolean {
  const along = kind === cellKinds.masked ? 2 * hatch - 1 - (y % (2 * hatch)) : y;
  return Math.floor((x + along) / hatch) % 2 === 1;
}

/** Width of a stripe of the hatch in device pixels. */
export const hatch = 3;

/** What of a layer its cells are made of. */
type Shown = Pick<HeatmapLayer, 'rows' | 'columns' | 'values' | 'flags' | 'low' | 'high'>;

/**
 * (rows, columns) of RGBA: red is the entry of the colour map, alpha the kind of the cell. As one texture for the GPU,
 * and looked up by the canvas.
 */
export function heatmapCells({ rows, columns, values, flags, low, high }: Shown): Uint8Array<ArrayBuffer> {
  const cells = new Uint8Array(rows * columns * 4);
  const perUnit = 256 / (high - low);
  for (let cell = 0; cell < rows * columns; cell++) {
    const value = values[cell] ?? NaN;
    cells[cell * 4] = Math.min(255, Math.max(0, Math.floor((value - low) * perUnit)));
    cells[cell * 4 + 3] = kindOf(value, flags[cell] ?? 0);
  }
  return cells;
}

function kindOf(value: number, flags: number): number {
  if (flags & 1) return cellKinds.nan;
  if (flags & 2) return cellKinds.infinite;
  if ((flags & 4) === 0 && !Number.isNaN(value)) return cellKinds.value;
  // What counts on a pixel is shown, however much of it is masked.
  return flags & 8 ? cellKinds.masked : cellKinds.unseen;
}

/** 0…255, as textures and pictures have it. */
export function bytesOf([red, green, blue, alpha]: Rgba): [number, number, number, number] {
  const byte = (part: number) => Math.round(part * 255);
  return [byte(red), byte(green), byte(blue), byte(alpha)];
}
