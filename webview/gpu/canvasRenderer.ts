import { bytesOf, cellKinds, heatmapCells, isStriped } from './cells';
import type { BarsLayer, HeatmapLayer, LineLayer, Renderer, Rgba, Scene, Surface } from './renderer';

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

/** Pixel by pixel, by the rule that the shader has: the cell under the pixel's middle. */
function drawHeatmap(context: CanvasRenderingContext2D, layer: HeatmapLayer): void {
  const { rows, columns, map, colours } = layer;
  const left = Math.round(layer.rect.x);
  const top = Math.round(layer.rect.y);
  const width = Math.round(layer.rect.width);
  const height = Math.round(layer.rect.height);
  if (width <= 0 || height <= 0 || rows === 0 || columns === 0) return;
  const cells = heatmapCells(layer);
  const image = context.createImageData(width, height);
  const special = {
    nan: bytesOf(colours.nan),
    infinite: [bytesOf(colours.infinite), bytesOf(colours.infiniteHatch)] as const,
    unseen: [bytesOf(colours.unseen), bytesOf(colours.unseenHatch)] as const,
  };
  for (let y = 0; y < height; y++) {
    const row = Math.min(rows - 1, Math.floor(((2 * y + 1) * rows) / (2 * height)));
    for (let x = 0; x < width; x++) {
      const cell = (row * columns + Math.min(columns - 1, Math.floor(((2 * x + 1) * columns) / (2 * width)))) * 4;
      const kind = cells[cell + 3] ?? 0;
      const at = (y * width + x) * 4;
      if (kind === cellKinds.value) {
        const entry = (cells[cell] ?? 0) * 4;
        image.data.set(map.subarray(entry, entry + 4), at);
      } else if (kind === cellKinds.nan) {
        image.data.set(special.nan, at);
      } else {
        const [plain, striped] = kind === cellKinds.infinite ? special.infinite : special.unseen;
        image.data.set(isStriped(left + x, top + y, kind) ? striped : plain, at);
      }
    }
  }
  context.putImageData(image, left, top);
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
