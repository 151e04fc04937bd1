import type { Picture } from '../../src/core/analysis/report';

/** The part of a picture that is shown, as shares of its height and width. */
export interface Zoom {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A part in whole pixels of a picture. */
export interface PixelRange {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

export const whole: Zoom = { top: 0, left: 0, height: 1, width: 1 };

/** Smaller than this share of a side nothing is shown: a pixel of 256. */
const smallest = 1 / 256;

/**
 * Closer by a factor, or farther below 1; what lies at a place stays there.
 * @param at the place, as shares of what is shown
 */
export function zoomed({ top, left, height, width }: Zoom, factor: number, at: { readonly x: number; readonly y: number }): Zoom {
  const size = (side: number) => Math.min(1, Math.max(smallest, side / factor));
  const [tall, wide] = [size(height), size(width)];
  return held({ top: top + (height - tall) * at.y, left: left + (width - wide) * at.x, height: tall, width: wide });
}

/** Moved by shares of what is shown, to the edges of the picture and no further. */
export function panned(zoom: Zoom, by: { readonly x: number; readonly y: number }): Zoom {
  return held({ ...zoom, top: zoom.top + by.y * zoom.height, left: zoom.left + by.x * zoom.width });
}

export function isWhole({ height, width }: Zoom): boolean {
  return height === 1 && width === 1;
}

function held({ top, left, height, width }: Zoom): Zoom {
  const within = (start: number, size: number) => Math.min(1 - size, Math.max(0, start));
  return { top: within(top, height), left: within(left, width), height, width };
}

/** The pixels nearest to what is shown, at least one each way. */
export function pixelsOf({ top, left, height, width }: Zoom, { rows, columns }: Pick<Picture, 'rows' | 'columns'>): PixelRange {
  const side = (start: number, size: number, pixels: number): [number, number] => {
    const count = Math.min(pixels, Math.max(1, Math.round(size * pixels)));
    return [Math.min(pixels - count, Math.round(start * pixels)), count];
  };
  const [row, shownRows] = side(top, height, rows);
  const [column, shownColumns] = side(left, width, columns);
  return { row, rows: shownRows, column, columns: shownColumns };
}

/** A part of a picture as one of its own; the picture itself where that is all of it. */
export function cropped(picture: Picture, { row, rows, column, columns }: PixelRange): Picture {
  if (rows === picture.rows && columns === picture.columns) return picture;
  const part = <A extends Float32Array | Uint8Array>(from: A, to: A): A => {
    for (let index = 0; index < rows; index++) {
      const start = (row + index) * picture.columns + column;
      to.set(from.subarray(start, start + columns), index * columns);
    }
    return to;
  };
  const floats = (from: Float32Array) => part(from, new Float32Array(rows * columns));
  return {
    rows,
    columns,
    mean: floats(picture.mean),
    min: floats(picture.min),
    max: floats(picture.max),
    flags: part(picture.flags, new Uint8Array(rows * columns)),
  };
}
