import type { TensorData } from '../tensor/tensor';
import { PixelWalkArea, type Arena } from './abi';
import type { AffineView, Distribution, DistributionRequest, Distributions } from './engine';
import { groupCount } from './grouping';
import { GroupCountsArea, groupCounts } from './groupCounts';
import { cutByMask, type CutStretch, type Mask } from './mask';
import { maskedPixel, picturePixels, pixelPeriod, pictureSize, pictureSteps, unseen, type PictureSize } from './pictures';
import { startSession, type Session } from './session';
import { pixelFloats, pixelOf, ViewMap } from './viewMap';

/** Below, above and not finite follow the bins. */
const tails = 3;
/** Of a pass's flags: some element of the pixel is masked. */
const masked = 16;

/** What is drawn, and of which tensor: plain data, all that a pass is started from. */
export interface DistributionsTask extends Pick<TensorData, 'shape' | 'axisOrder' | 'encoding'> {
  readonly request: DistributionRequest;
  /** Whether some elements are not looked at, so that pixels have to be marked on which one falls that is. */
  readonly sampled: boolean;
  /** Elements that it leaves out are looked at by nothing; their pixels are marked. */
  readonly mask?: Mask;
}

/** What a pass found in the elements that it took. */
export interface FoundDistributions {
  readonly views: readonly {
    /** (bins + 3): the bins, then below, above, not finite. */
    readonly counts: Float64Array;
    /** (pixels, 4): sum, count, the least value, the least of the negated ones; of finite values. */
    readonly picture: Float64Array;
  }[];
  /** One per request of `groups`: (groups, bins + 3), int32, unsigned. */
  readonly groups: readonly Int32Array[];
  /** Per pixel, bits: 1 some element is NaN, 2 some is infinite; of sampled tensors 8, one was looked at; 16 some is masked. */
  readonly flags: Uint8Array;
}

/** Histograms and pictures of every view, of whichever elements it is given: every view of a block while the block is in the cache. */
export class DistributionsPass {
  private readonly session: Session;
  private readonly size: PictureSize;
  private readonly y: number;
  private readonly pixels: number;
  private readonly flags: number;
  private readonly pixelWalk: PixelWalkArea;
  private readonly views: readonly ViewArea[];
  private readonly groups: readonly GroupCountsArea[];
  private readonly cut: CutStretch;

  /** @throws NormoscopeError as `startSession` */
  constructor(
    module: WebAssembly.Module,
    private readonly task: DistributionsTask,
  ) {
    const { shape, axisOrder, encoding, request } = task;
    this.session = startSession(module, encoding);
    const { arena, block, open } = this.session;
    this.size = pictureSize(shape, request);
    const area = this.size.rows * this.size.columns;
    this.y = arena.reserve(block * 8);
    this.pixels = arena.reserve(block * 4);
    this.flags = arena.reserve(area);
    const steps = pictureSteps(shape, request);
    this.pixelWalk = new PixelWalkArea(arena, shape, axisOrder, steps);
    const period = pixelPeriod(shape, axisOrder, steps);
    this.views = request.views.map((view) => new ViewArea(arena, task, view, area, period));
    this.groups = (request.groups ?? []).map((asked) => new GroupCountsArea(arena, task, asked));
    this.cut = cutByMask(shape, axisOrder, task.mask);
    open();
    for (const { map } of this.views) map.start();
    for (const { walk } of this.groups) walk.start();
  }

  /** Takes the storage elements `first … first + count`, whose raw bytes `bytes` begins with. They may be any, in any order. */
  take(bytes: Uint8Array, first: number, count: number): void {
    const { pixels, pixelWalk } = this;
    const { kernels, arena, block, load } = this.session;
    const { matrixRows, matrixColumns, rows, columns } = this.size;
    const flags = arena.bytes(this.flags, rows * columns);
    pixelWalk.seek(first);
    for (let at = 0; at < count; at += block) {
      const n = Math.min(block, count - at);
      load(bytes, at, n);
      kernels.locatePixels(pixelWalk.address, n, rows / matrixRows, columns / matrixColumns, columns, pixels);
      for (const stretch of this.cut(first + at, n)) {
        const from = stretch.first - first - at;
        if (stretch.counts) this.look(from, stretch.first, stretch.count);
        else for (const pixel of arena.integers(pixels + from * 4, stretch.count)) flags[pixel] = (flags[pixel] ?? 0) | masked;
      }
    }
  }

  /** Takes `n` elements of the block from its element `from` on, which is the storage element `first`. */
  private look(from: number, first: number, n: number): void {
    const { y, flags, views, groups } = this;
    const { kernels } = this.session;
    const { sampled, request } = this.task;
    const x = this.session.x + from * 8;
    const pixels = this.pixels + from * 4;
    for (const { walk } of groups) walk.seek(first);
    // With every element looked at, only those that are not finite leave a mark.
    if (sampled || kernels.findNotFinite(x, n, 0) >= 0) kernels.flagPixels(x, n, pixels, flags);
    for (const { map, counts, tally, view } of views) {
      map.seek(first);
      map.draw(kernels, x, n, y, pixels);
      kernels.countView(y, n, view.low, view.high, request.bins, counts, tally);
    }
    for (const group of groups) group.count(kernels, x, n);
  }

  /** What was found, when there is nothing more to come. It lies in the kernels' memory, which it keeps alive. */
  finish(): FoundDistributions {
    const { rows, columns } = this.size;
    return {
      views: this.views.map((view) => view.read()),
      groups: this.groups.map((group) => group.read()),
      flags: this.session.arena.bytes(this.flags, rows * columns),
    };
  }
}

/**
 * What several passes of one task found, as if one had taken all their elements.
 * @param found one or more; the first's arrays become the result's
 */
export function mergeDistributions(found: readonly FoundDistributions[]): FoundDistributions {
  return found.reduce((all, one) => {
    all.views.forEach(({ counts, picture }, index) => {
      const other = one.views[index] as FoundDistributions['views'][number];
      other.counts.forEach((count, bin) => (counts[bin] = (counts[bin] ?? 0) + count));
      for (let at = 0; at < picture.length; at += pixelFloats) {
        picture[at] = (picture[at] ?? 0) + (other.picture[at] ?? 0);
        picture[at + 1] = (picture[at + 1] ?? 0) + (other.picture[at + 1] ?? 0);
        picture[at + 2] = Math.min(picture[at + 2] ?? 0, other.picture[at + 2] ?? 0);
        picture[at + 3] = Math.min(picture[at + 3] ?? 0, other.picture[at + 3] ?? 0);
      }
    });
    all.groups.forEach((counts, index) => one.groups[index]?.forEach((count, at) => (counts[at] = (counts[at] ?? 0) + count)));
    one.flags.forEach((flag, pixel) => (all.flags[pixel] = (all.flags[pixel] ?? 0) | flag));
    return all;
  });
}

/** One view: its map and picture, and beside them its histogram in kernel memory. */
class ViewArea {
  readonly map: ViewMap;
  readonly counts: number;
  readonly tally: number;
  private readonly bins: number;

  constructor(
    private readonly arena: Arena,
    task: DistributionsTask,
    readonly view: AffineView,
    area: number,
    period: number,
  ) {
    this.bins = task.request.bins + tails;
    this.map = new ViewMap(arena, task, view, area, period);
    this.counts = arena.reserve(this.bins * 8);
    this.tally = arena.reserve(this.bins * 8);
  }

  read(): FoundDistributions['views'][number] {
    return { counts: this.arena.floats(this.counts, this.bins), picture: this.map.picture() };
  }
}

/** What was found, as the engine tells it. */
export function drawn({ shape, request }: DistributionsTask, { views, groups, flags }: FoundDistributions, sampledEvery: number): Distributions {
  const { rows, columns } = pictureSize(shape, request);
  return {
    views: views.map((view) => distribution(view, request.bins, rows * columns)),
    groups: (request.groups ?? []).map(({ grouping, bins }, index) => groupCounts(groupCount(shape, grouping), bins, groups[index] ?? [])),
    rows,
    columns,
    flags: flags.map((flag) => (flag === 0 && sampledEvery > 1 ? unseen : (flag & 3) | (flag & masked ? maskedPixel : 0))),
    sampledEvery,
  };
}

function distribution({ counts, picture }: FoundDistributions['views'][number], bins: number, area: number): Distribution {
  const [below = 0, above = 0, notFinite = 0] = counts.subarray(bins);
  return {
    counts: counts.slice(0, bins),
    below,
    above,
    notFinite,
    ...picturePixels(area, pixelOf(picture)),
  };
}
