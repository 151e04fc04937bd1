import { createCanvasRenderer } from './canvasRenderer';
import type { Rescaling } from './rescale';
import { createWebgpuRenderer } from './webgpuRenderer';

/**
 * One drawing interface over columns of numbers, two back ends that give the same picture. Lengths are device pixels,
 * the origin is the upper left corner.
 */

/** Each in 0…1, alpha not multiplied in. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A matrix of values as coloured cells, nearest neighbour. Its place may reach beyond the picture. Renderers keep what they make
 * of `values`: other values come in another array.
 */
export interface HeatmapLayer {
  readonly kind: 'heatmap';
  readonly rect: Rect;
  readonly rows: number;
  readonly columns: number;
  /** (rows, columns), row-major; NaN where there is no finite value. */
  readonly values: Float32Array | Float64Array;
  /** (rows, columns), bits: 1 some element is NaN, 2 some is infinite, 4 none was looked at, 8 some is masked. */
  readonly flags: Uint8Array;
  /** Entry `floor((value - low) / (high - low) · 256)` of the map, within its ends. */
  readonly low: number;
  readonly high: number;
  /** 256 RGBA entries, opaque. */
  readonly map: Uint8Array;
  readonly colours: HeatmapColours;
  /** Done to the values before they are coloured, as often as another comes; null: nothing. */
  readonly rescaling: Rescaling | null;
}

export interface HeatmapColours {
  readonly nan: Rgba;
  /** Infinite cells, and the stripes over them. */
  readonly infinite: Rgba;
  readonly infiniteHatch: Rgba;
  /** Cells of which no element was looked at, and the stripes over them; masked cells likewise, with stripes the other way. */
  readonly unseen: Rgba;
  readonly unseenHatch: Rgba;
}

/** Filled rectangles of one colour, as columns of their edges. */
export interface BarsLayer {
  readonly kind: 'bars';
  readonly x0: Float32Array;
  readonly y0: Float32Array;
  readonly x1: Float32Array;
  readonly y1: Float32Array;
  readonly colour: Rgba;
}

/** A line through finite points, with round joins and ends. */
export interface LineLayer {
  readonly kind: 'line';
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: number;
  readonly colour: Rgba;
}

export type Layer = HeatmapLayer | BarsLayer | LineLayer;

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Null: what is behind the canvas shows. */
  readonly background: Rgba | null;
  readonly layers: readonly Layer[];
}

/** One canvas. `draw` may be called as often as the picture changes. */
export interface Surface {
  draw(scene: Scene): void;
  /** Gives back what the canvas holds. */
  dispose(): void;
}

export interface Renderer {
  readonly name: 'webgpu' | 'canvas';
  /** Why this one, in words: the adapter, or what is missing. */
  readonly reason: string;
  surface(canvas: HTMLCanvasElement): Surface;
  /** Resolves with the reason when nothing can be drawn any more; never for a canvas. */
  readonly lost: Promise<string>;
  dispose(): void;
}

export interface RendererOptions {
  readonly force?: 'webgpu' | 'canvas';
  /** Why a canvas is forced, in words. */
  readonly because?: string;
}

/**
 * WebGPU where an adapter and a device can be had, Canvas 2D where not.
 * @throws Error when WebGPU is forced and can't be had
 */
export async function createRenderer({ force, because = 'chosen' }: RendererOptions = {}): Promise<Renderer> {
  if (force === 'canvas') return createCanvasRenderer(because);
  const found = await createWebgpuRenderer();
  if ('renderer' in found) return found.renderer;
  if (force === 'webgpu') throw new Error(`WebGPU cannot be had: ${found.missing}`);
  return createCanvasRenderer(found.missing);
}
