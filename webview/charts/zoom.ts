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

/** The least that is shown of a side, as a share: a pixel of 256. */
const smallest = { height: 1 / 256, width: 1 / 256 } as const;
/** Elements of a side that are shown at least. */
const fewest = 2;

/** The least that is shown of a matrix. */
export function smallestOf({ rows, columns }: { readonly rows: number; readonly columns: number }): Pick<Zoom, 'height' | 'width'> {
  return { height: Math.min(1, fewest / rows), width: Math.min(1, fewest / columns) };
}

/**
 * Closer by a factor, or farther below 1; what lies at a place stays there.
 * @param at the place, as shares of what is shown
 * @param least what is shown at least
 */
export function zoomed({ top, left, height, width }: Zoom, factor: number, at: { readonly x: number; readonly y: number }, least: Pick<Zoom, 'height' | 'width'> = smallest): Zoom {
  const [tall, wide] = [Math.min(1, Math.max(least.height, height / factor)), Math.min(1, Math.max(least.width, width / factor))];
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
