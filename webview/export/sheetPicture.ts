import { createCanvasRenderer } from '../gpu/canvasRenderer';
import type { HeatmapLayer, Rgba } from '../gpu/renderer';

/** One picture of a sheet's row, CSS pixels from the row's left: cells of a heatmap, or pixels in colours. */
export type SheetPart = { readonly left: number; readonly width: number; readonly height: number } & (
  | { layer(dpr: number): HeatmapLayer }
  | { readonly pixels: ImageData }
);

export interface SheetLine {
  readonly parts: readonly SheetPart[];
  readonly labels: readonly { readonly left: number; readonly text: string }[];
}

/** Pixels of a picture to one of the screen's CSS pixels. */
const sharpness = 2;
/** CSS pixels. */
const margin = 12;
const fontSize = 11;
const titleHeight = 22;

/**
 * Rows of planes with their labels as a PNG at twice the screen's resolution.
 * @param words whose font the labels have
 * @param title what the sheet is of
 */
export async function sheetPng(
  words: HTMLElement,
  lines: readonly SheetLine[],
  size: { readonly width: number; readonly rowHeight: number; readonly labelTop: number },
  title: string,
  { background, foreground }: { readonly background: Rgba; readonly foreground: Rgba },
): Promise<Uint8Array> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil((size.width + 2 * margin) * sharpness);
  canvas.height = Math.ceil((lines.length * size.rowHeight + margin + titleHeight) * sharpness);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The canvas gives no 2D context.');
  context.fillStyle = colourText(background);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  const font = `${fontSize * sharpness}px ${getComputedStyle(words).fontFamily}`;
  context.font = `600 ${font}`;
  context.fillStyle = colourText(foreground);
  context.fillText(title, margin * sharpness, (margin + fontSize) * sharpness, canvas.width - 2 * margin * sharpness);
  const drawn = document.createElement('canvas');
  const surface = createCanvasRenderer('export').surface(drawn);
  lines.forEach(({ parts, labels }, line) => {
    const top = (margin + titleHeight + line * size.rowHeight) * sharpness;
    const layers = parts.flatMap((part) => ('layer' in part ? [part.layer(sharpness)] : []));
    if (layers.length > 0) {
      surface.draw({ width: Math.ceil(size.width * sharpness), height: size.labelTop * sharpness, background: null, layers });
      context.drawImage(drawn, margin * sharpness, top);
    }
    for (const part of parts) {
      if (!('pixels' in part)) continue;
      const one = document.createElement('canvas');
      one.width = part.pixels.width;
      one.height = part.pixels.height;
      one.getContext('2d')?.putImageData(part.pixels, 0, 0);
      context.drawImage(one, (margin + part.left) * sharpness, top, part.width * sharpness, part.height * sharpness);
    }
    context.fillStyle = colourText(foreground);
    context.font = font;
    for (const { left, text } of labels) context.fillText(text, (margin + left) * sharpness, top + (size.labelTop + fontSize + 2) * sharpness);
  });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The picture cannot be encoded.');
  return new Uint8Array(await blob.arrayBuffer());
}

function colourText([red, green, blue, alpha]: Rgba): string {
  return `rgba(${Math.round(red * 255)}, ${Math.round(green * 255)}, ${Math.round(blue * 255)}, ${alpha})`;
}
