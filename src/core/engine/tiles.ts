import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { itemBytes, unitOf, type Encoding, type TensorData } from '../tensor/tensor';
import { PixelWalkArea } from './abi';
import type { PassOptions } from './engine';
import { cutByMask, type CutStretch } from './mask';
import { matrixSteps, maskedPixel, picturePixels, pixelPeriod, unseen, type PixelSum } from './pictures';
import { chunkElements, startSession, type Session } from './session';
import type { Tile, TileRequest, TileView } from './tile';
import { planTile, type TilePlan } from './tilePlan';
import { pixelOf, ViewMap } from './viewMap';

/** Of a pass's flags: some element of the pixel is masked. */
const masked = 16;
/** What lies between two stretches is read with them up to so many bytes: that takes no longer than a read of its own. */
const bridgedBytes = 4096;

/**
 * Reads the stretches of a window, in ascending order and as few reads as their places allow, and shrinks them to pixels.
 * @throws NormoscopeError as `Engine.tile`
 */
export async function readTile(
  module: WebAssembly.Module,
  data: TensorData,
  request: TileRequest,
  limits: Limits,
  { signal, mask }: Pick<PassOptions, 'signal' | 'mask'>,
): Promise<Tile> {
  const plan = planTile(data, request, request);
  const pass = new TilePass(module, data, request, plan, cutByMask(data.shape, data.axisOrder, mask));
  await eachRead(data, plan, limits, signal, (bytes, from, first, count) => pass.take(bytes, from, first, count));
  throwIfCancelled(signal);
  return pass.finish();
}

/**
 * Reads the stretches of a plan.
 * @param work gets raw bytes, the storage element that they begin with, and which of their elements are wanted
 */
export async function eachRead(
  data: TensorData,
  { first, count }: Pick<TilePlan, 'first' | 'count'>,
  limits: Limits,
  signal: AbortSignal | undefined,
  work: (bytes: Uint8Array, from: number, first: number, count: number) => void,
): Promise<void> {
  const { encoding } = data;
  const unit = unitOf(encoding);
  const longest = chunkElements(encoding, limits);
  let buffer = new Uint8Array(0);
  const read = async (from: number, to: number) => {
    const length = itemBytes(encoding, to - from);
    if (buffer.length < length) buffer = new Uint8Array(length);
    const target = buffer.subarray(0, length);
    throwIfCancelled(signal);
    await data.read(from, target, signal);
    throwIfCancelled(signal);
    return target;
  };
  const bridged = Math.floor(bridgedBytes / encoding.stride) * unit;
  for (let index = 0; index < first.length; ) {
    const start = first[index] ?? 0;
    const from = start - (start % unit);
    let end = start + (count[index] ?? 0);
    let next = index + 1;
    while (next < first.length && (first[next] ?? 0) - end <= bridged && (first[next] ?? 0) + (count[next] ?? 0) - from <= longest) {
      end = (first[next] ?? 0) + (count[next] ?? 0);
      next++;
    }
    // Only a stretch of its own is longer than a chunk.
    for (let at = from; at < end; at += longest) {
      const to = Math.min(end, at + longest);
      const bytes = await read(at, to);
      for (let taken = index; taken < next; taken++) {
        const begin = Math.max(at, first[taken] ?? 0);
        work(bytes, at, begin, Math.min(to, (first[taken] ?? 0) + (count[taken] ?? 0)) - begin);
      }
    }
    index = next;
  }
}

/** All views of a tile, of whichever stretches it is given. */
class TilePass {
  private readonly session: Session;
  private readonly y: number;
  private readonly pixels: number;
  private readonly flags: number;
  private readonly area: number;
  private readonly pixelWalk: PixelWalkArea;
  private readonly views: readonly ViewMap[];
  private readonly encoding: Encoding;

  /** @throws NormoscopeError as `startSession` */
  constructor(
    module: WebAssembly.Module,
    data: TensorData,
    private readonly request: TileRequest,
    private readonly plan: TilePlan,
    private readonly cut: CutStretch,
  ) {
    const { shape, axisOrder, encoding } = data;
    this.encoding = encoding;
    this.session = startSession(module, encoding);
    const { arena, block, open } = this.session;
    this.area = plan.rows * plan.columns;
    this.y = arena.reserve(block * 8);
    this.pixels = arena.reserve(block * 4);
    this.flags = arena.reserve(this.area);
    const steps = matrixSteps(shape, request.rowAxes, request.columnAxes);
    this.pixelWalk = new PixelWalkArea(arena, shape, axisOrder, steps);
    const period = pixelPeriod(shape, axisOrder, steps);
    this.views = request.views.map((view) => new ViewMap(arena, data, view, this.area, period));
    open();
    for (const view of this.views) view.start();
  }

  /** Takes the storage elements `first … first + count` of `bytes`, which begin with the element `from`. */
  take(bytes: Uint8Array, from: number, first: number, count: number): void {
    const { block, load } = this.session;
    const unit = unitOf(this.encoding);
    // Whole items are decoded, and what the first one has before the stretch is skipped.
    for (let at = first - (first % unit); at < first + count; at += block) {
      const n = Math.min(block, first + count - at);
      load(bytes, at - from, n);
      const skipped = Math.max(0, first - at);
      this.draw(at + skipped, n - skipped, skipped);
    }
  }

  /** Takes `n` elements of the block from its element `skipped` on, which is the storage element `first`. */
  private draw(first: number, n: number, skipped: number): void {
    const { rowsPerPixel, columnsPerPixel } = this.request;
    const { kernels, arena } = this.session;
    this.pixelWalk.seek(first, this.request);
    kernels.locatePixels(this.pixelWalk.address, n, 1 / rowsPerPixel, 1 / columnsPerPixel, this.plan.columns, this.pixels);
    for (const stretch of this.cut(first, n)) {
      const from = stretch.first - first;
      const pixels = this.pixels + from * 4;
      if (stretch.counts) this.look(stretch.first, stretch.count, this.session.x + (skipped + from) * 8, pixels);
      else {
        const flags = arena.bytes(this.flags, this.area);
        for (const pixel of arena.integers(pixels, stretch.count)) flags[pixel] = (flags[pixel] ?? 0) | masked;
      }
    }
  }

  private look(first: number, n: number, x: number, pixels: number): void {
    const { kernels } = this.session;
    kernels.flagPixels(x, n, pixels, this.flags);
    for (const view of this.views) {
      view.seek(first);
      view.draw(kernels, x, n, this.y, pixels);
    }
  }

  finish(): Tile {
    return drawnTile(
      this.request,
      this.plan,
      this.views.map((view) => pixelOf(view.picture())),
      this.session.arena.bytes(this.flags, this.area).map((flag) => (flag === 0 ? unseen : (flag & 3) | (flag & masked ? maskedPixel : 0))),
    );
  }
}

/** What was found, as the engine tells it. */
export function drawnTile(
  { rowsPerPixel, columnsPerPixel }: TileRequest,
  { rows, columns, sampledEvery }: TilePlan,
  views: readonly ((pixel: number) => PixelSum)[],
  flags: Uint8Array,
): Tile {
  const area = rows * columns;
  const isElements = rowsPerPixel === 1 && columnsPerPixel === 1;
  const elements = (at: (pixel: number) => PixelSum): TileView => ({
    mean: Float64Array.from({ length: area }, (_, pixel) => (at(pixel).count === 0 ? NaN : at(pixel).sum)),
    min: null,
    max: null,
  });
  return { rows, columns, views: views.map((at) => (isElements ? elements(at) : picturePixels(area, at))), flags, sampledEvery };
}
