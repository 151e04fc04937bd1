import type { TensorData } from '../tensor/tensor';
import { WalkArea, type Arena, type Kernels } from './abi';
import type { AffineView } from './engine';
import { MapArea } from './mapArea';
import type { PixelSum } from './pictures';
import { planWalk } from './walk';

/** Sum, count, least and least of the negated values of a pixel. */
export const pixelFloats = 4;

/** What one view makes of elements, and its picture of `area` pixels, in kernel memory. */
export class ViewMap {
  private readonly walk: WalkArea;
  private readonly affine: MapArea | null;
  private readonly shift: number;
  private readonly scale: number;
  private readonly pixels: number;

  constructor(
    private readonly arena: Arena,
    data: Pick<TensorData, 'shape' | 'axisOrder'>,
    private readonly view: Pick<AffineView, 'grouping' | 'shift' | 'scale' | 'affine'>,
    private readonly area: number,
    /** Of its pixels: see `pixelPeriod`. */
    private readonly period: number,
  ) {
    this.walk = new WalkArea(arena, planWalk(data.shape, data.axisOrder, view.grouping));
    this.affine = view.affine === undefined ? null : new MapArea(arena, data, view.affine);
    this.shift = arena.reserve(view.shift.byteLength);
    this.scale = arena.reserve(view.scale.byteLength);
    this.pixels = arena.reserve(pixelFloats * area * 8);
  }

  start(): void {
    this.walk.start();
    this.affine?.start();
    this.arena.floats(this.shift, this.view.shift.length).set(this.view.shift);
    this.arena.floats(this.scale, this.view.scale.length).set(this.view.scale);
    const picture = this.picture();
    for (let at = 0; at < picture.length; at += pixelFloats) picture[at + 2] = picture[at + 3] = Infinity;
  }

  /** The next elements are those from the storage element `first` on. */
  seek(first: number): void {
    this.walk.seek(first);
    this.affine?.walk.seek(first);
  }

  /**
   * Maps `n` further elements in storage order from `x` to `y`, and draws them.
   * @param pixels address of the pixel of each
   */
  draw(kernels: Kernels, x: number, n: number, y: number, pixels: number): void {
    const { walk, shift, scale } = this;
    if (walk.plan.table === null) kernels.applyRows(walk.address, shift, scale, x, n, y);
    else if (walk.plan.neighbours) kernels.applyNeighbours(walk.address, shift, scale, x, n, y);
    else kernels.applyColumns(walk.address, walk.table, shift, scale, x, n, y);
    this.affine?.map(kernels, y, n);
    kernels.drawView(y, n, this.period, pixels, this.pixels);
  }

  /** (area, 4): see `pixelOf`. It lies in the kernels' memory. */
  picture(): Float64Array {
    return this.arena.floats(this.pixels, pixelFloats * this.area);
  }
}

/** Pixels of a picture that `ViewMap` drew. */
export function pixelOf(picture: Float64Array): (pixel: number) => PixelSum {
  return (pixel) => {
    const at = pixel * pixelFloats;
    return { sum: picture[at] ?? 0, count: picture[at + 1] ?? 0, min: picture[at + 2] ?? 0, max: -(picture[at + 3] ?? 0) };
  };
}
