import { throwIfCancelled } from '../errors';
import type { Limits } from '../limits';
import { elementCount, type TensorData } from '../tensor/tensor';
import { PixelWalkArea, WalkArea, type Arena } from './abi';
import { forEachStretch, sampledStretches, stretches } from './chunks';
import type { AffineView, Distribution, DistributionRequest, Distributions, PassOptions } from './engine';
import { GroupCountsArea } from './groupCounts';
import { picturePixels, pictureSize, sampledStretch, samplingOf, unseen } from './pictures';
import { chunkElements, type Session } from './session';
import { checkAxes, planWalk } from './walk';

/** Below, above and not finite follow the bins. */
const tails = 3;
/** Sum, count, least and least of the negated values of a pixel. */
const pixelFloats = 4;

/** `Engine.distributions` over the kernels: every view of a block while the block is in the cache. */
export async function drawDistributions(
  { kernels, arena, block, x, open, load }: Session,
  data: TensorData,
  request: DistributionRequest,
  limits: Limits,
  { signal }: PassOptions,
): Promise<Distributions> {
  const { shape, axisOrder } = data;
  checkAxes(shape);
  const { matrixRows, matrixColumns, rows, columns } = pictureSize(shape, request);
  const area = rows * columns;
  const y = arena.reserve(block * 8);
  const pixels = arena.reserve(block * 4);
  const flags = arena.reserve(area);
  const pixelWalk = new PixelWalkArea(arena, shape, axisOrder, request.rowAxes);
  const views = request.views.map((view) => new ViewArea(arena, data, view, request.bins, area));
  const groups = (request.groups ?? []).map((asked) => new GroupCountsArea(arena, data, asked, limits));
  open();
  for (const view of views) view.start();
  for (const { walk } of groups) walk.start();

  const total = elementCount(shape);
  const every = samplingOf(total, request.maxElements);
  const list =
    every === 1
      ? stretches(total, chunkElements(data.encoding, limits))
      : sampledStretches(total, Math.min(sampledStretch, chunkElements(data.encoding, limits)), every);
  await forEachStretch(data, list, signal, (bytes, { first, count }) => {
    pixelWalk.seek(first);
    for (const { walk } of [...views, ...groups]) walk.seek(first);
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      kernels.locatePixels(pixelWalk.address, n, rows / matrixRows, columns / matrixColumns, columns, pixels);
      // With every element looked at, only those that are not finite leave a mark.
      if (every > 1 || kernels.findNotFinite(x, n, 0) >= 0) kernels.flagPixels(x, n, pixels, flags);
      for (const { walk, shift, scale, counts, tally, picture, view } of views) {
        if (walk.plan.table === null) kernels.applyRows(walk.address, shift, scale, x, n, y);
        else kernels.applyColumns(walk.address, walk.table, shift, scale, x, n, y);
        kernels.countView(y, n, view.low, view.high, request.bins, counts, tally);
        kernels.drawView(y, n, pixels, picture);
      }
      for (const group of groups) group.count(kernels, x, n);
    }
  });
  throwIfCancelled(signal);
  return {
    views: views.map((view) => view.read()),
    groups: groups.map((group) => group.read()),
    rows,
    columns,
    flags: arena.bytes(flags, area).map((flag) => (flag === 0 && every > 1 ? unseen : flag & 3)),
    sampledEvery: every,
  };
}

/** One view's walk, affine map, histogram and picture in kernel memory. */
class ViewArea {
  readonly walk: WalkArea;
  readonly shift: number;
  readonly scale: number;
  readonly counts: number;
  readonly tally: number;
  readonly picture: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: TensorData,
    readonly view: AffineView,
    private readonly bins: number,
    private readonly area: number,
  ) {
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, view.grouping));
    this.shift = arena.reserve(view.shift.byteLength);
    this.scale = arena.reserve(view.scale.byteLength);
    this.counts = arena.reserve((bins + tails) * 8);
    this.tally = arena.reserve((bins + tails) * 8);
    this.picture = arena.reserve(pixelFloats * area * 8);
  }

  start(): void {
    this.walk.start();
    this.arena.floats(this.shift, this.view.shift.length).set(this.view.shift);
    this.arena.floats(this.scale, this.view.scale.length).set(this.view.scale);
    const picture = this.arena.floats(this.picture, pixelFloats * this.area);
    for (let at = 0; at < picture.length; at += pixelFloats) picture.fill(Infinity, at + 2, at + 4);
  }

  read(): Distribution {
    const counts = this.arena.floats(this.counts, this.bins + tails);
    const [below = 0, above = 0, notFinite = 0] = counts.subarray(this.bins);
    const picture = this.arena.floats(this.picture, pixelFloats * this.area);
    return {
      counts: counts.slice(0, this.bins),
      below,
      above,
      notFinite,
      ...picturePixels(this.area, (pixel) => {
        const at = pixel * pixelFloats;
        return { sum: picture[at] ?? 0, count: picture[at + 1] ?? 0, min: picture[at + 2] ?? 0, max: -(picture[at + 3] ?? 0) };
      }),
    };
  }
}
