import { bytesOf, cellKinds, heatmapCells, isStriped } from './cells';
import type { BarsLayer, HeatmapLayer, LineLayer, Renderer, Rgba, Scene, Surface } from './renderer';
import { rescaled } from './rescale';

/** Canvas 2D: there everywhere, and for pictures of this size quick enough. */
export function createCanvasRenderer(reason: string): Renderer {
  return {
    name: 'canvas',
    reason,
    surface: createSurface,
    lost: new Promise(() => undefined),
    dispose: () => undefined,
  };
}

function createSurface(canvas: HTMLCanvasElement): Surface {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The canvas gives no 2D context.');
  return {
    draw(scene) {
      if (canvas.width !== scene.width) canvas.width = scene.width;
      if (canvas.height !== scene.height) canvas.height = scene.height;
      drawScene(context, scene);
    },
    dispose() {
      // An empty canvas holds no pixels.
      canvas.width = 0;
      canvas.height = 0;
    },
  };
}

function drawScene(context: CanvasRenderingContext2D, { width, height, background, layers }: Scene): void {
  context.clearRect(0, 0, width, height);
  if (background !== null) {
    context.fillStyle = css(background);
    context.fillRect(0, 0, width, height);
  }
  for (const layer of layers) {
    if (layer.kind === 'heatmap') drawHeatmap(context, layer);
    else if (layer.kind === 'bars') drawBars(context, layer);
    else drawLine(context, layer);
  }
}

/** Cells of heatmaps, made once however often they are drawn. By the array of values. */
const madeCells = new WeakMap<HeatmapLayer['values'], { readonly low: number; readonly high: number; readonly cells: Uint8Array }>();

function cellsOf(layer: HeatmapLayer): Uint8Array {
  const { values, low, high, rescaling } = layer;
  // The next frame has another.
  if (rescaling !== null) return heatmapCells({ ...layer, values: rescaled(values, rescaling) });
  const known = madeCells.get(values);
  if (known?.low === low && known.high === high) return known.cells;
  const cells = heatmapCells(layer);
  madeCells.set(values, { low, high, cells });
  return cells;
}

/** Pixel by pixel, by the rule that the shader has: the cell under the pixel's middle. */
function drawHeatmap(context: CanvasRenderingContext2D, layer: HeatmapLayer): void {
  const { rows, columns, map, colours } = layer;
  const [left, top] = [Math.round(layer.rect.x), Math.round(layer.rect.y)];
  const [width, height] = [Math.round(layer.rect.width), Math.round(layer.rect.height)];
  // What lies beyond the canvas is not made.
  const [fromX, fromY] = [Math.max(0, -left), Math.max(0, -top)];
  const [toX, toY] = [Math.min(width, context.canvas.width - left), Math.min(height, context.canvas.height - top)];
  if (toX <= fromX || toY <= fromY || rows === 0 || columns === 0) return;
  const cells = cellsOf(layer);
  const image = context.createImageData(toX - fromX, toY - fromY);
  const pixels = new Uint32Array(image.data.buffer);
  const entries = new Uint32Array(Uint8Array.from(map).buffer);
  const word = (colour: Rgba) => new Uint32Array(Uint8Array.from(bytesOf(colour)).buffer)[0] ?? 0;
  const nan = word(colours.nan);
  const infinite = [word(colours.infinite), word(colours.infiniteHatch)] as const;
  const unseen = [word(colours.unseen), word(colours.unseenHatch)] as const;
  const along = Int32Array.from({ length: toX - fromX }, (_, x) => Math.min(columns - 1, Math.floor(((2 * (fromX + x) + 1) * columns) / (2 * width))) * 4);
  let at = 0;
  for (let y = fromY; y < toY; y++) {
    const row = Math.min(rows - 1, Math.floor(((2 * y + 1) * rows) / (2 * height))) * columns * 4;
    for (let x = 0; x < along.length; x++, at++) {
      const cell = row + (along[x] as number);
      const kind = cells[cell + 3] as number;
      if (kind === cellKinds.value) pixels[at] = entries[cells[cell] as number] as number;
      else if (kind === cellKinds.nan) pixels[at] = nan;
      else {
        const [plain, striped] = kind === cellKinds.infinite ? infinite : unseen;
        pixels[at] = isStriped(left + fromX + x, top + y, kind) ? striped : plain;
      }
    }
  }
  context.putImageData(image, left + fromX, top + fromY);
}

function drawBars(context: CanvasRenderingContext2D, { x0, y0, x1, y1, colour }: BarsLayer): void {
  context.fillStyle = css(colour);
  for (let index = 0; index < x0.length; index++) {
    const left = x0[index] ?? 0;
    const top = y0[index] ?? 0;
    context.fillRect(left, top, (x1[index] ?? 0) - left, (y1[index] ?? 0) - top);
  }
}

function drawLine(context: CanvasRenderingContext2D, { x, y, width, colour }: LineLayer): void {
  context.strokeStyle = css(colour);
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.beginPath();
  for (let index = 0; index < x.length; index++) {
    if (index === 0) context.moveTo(x[index] ?? 0, y[index] ?? 0);
    else context.lineTo(x[index] ?? 0, y[index] ?? 0);
  }
  context.stroke();
}

function css(colour: Rgba): string {
  const [red, green, blue] = bytesOf(colour);
  return `rgba(${red}, ${green}, ${blue}, ${colour[3]})`;
}
