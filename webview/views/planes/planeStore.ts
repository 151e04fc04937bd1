import { signal } from '@preact/signals';
import type { Report, View } from '../../../src/core/analysis/report';
import { defaultLimits } from '../../../src/core/limits';
import { planeWindow, type PlaneAxes } from '../../charts/planes';
import type { TileCells } from '../../charts/tiles';
import type { Reading } from '../../reading';

/** Planes that are asked for together, at most: a few rows. */
const together = 64;
/** Planes that are kept. */
const mostPlanes = 4096;

/** Planes of one report's tensor, of all its views, read as they are wanted. */
export class PlaneStore {
  /** Changes when others are known, or asking has failed. */
  readonly version = signal(0);
  failure: string | null = null;
  private readonly kept = new Map<string, ReadonlyMap<View['id'], TileCells>>();
  private wanted: readonly (readonly number[])[] = [];
  private asking: readonly string[] = [];

  constructor(
    private readonly report: Report,
    private readonly axes: PlaneAxes,
    private readonly perPixel: number,
    private readonly reading: Pick<Reading, 'tiles'>,
  ) {}

  /** @param place an index along every axis; those of the plane's own are 0 */
  cells(place: readonly number[], view: View['id']): TileCells | null {
    return this.kept.get(place.join())?.get(view) ?? null;
  }

  /** Asks for those that are not known; what was wanted before and is no more is given up. */
  want(places: readonly (readonly number[])[]): void {
    this.wanted = places;
    const missing = places.filter((place) => !this.kept.has(place.join()));
    if (missing.length === 0 || this.asking.some((key) => missing.some((place) => place.join() === key))) return;
    const { shape } = this.report.tensor;
    const pixels = Math.ceil((shape[this.axes.down] ?? 1) / this.perPixel) * Math.ceil((shape[this.axes.along] ?? 1) / this.perPixel);
    void this.read(missing.slice(0, Math.max(1, Math.min(together, Math.floor(defaultLimits.tilePixels / pixels)))));
  }

  private async read(places: readonly (readonly number[])[]): Promise<void> {
    const asking = places.map((place) => place.join());
    this.asking = asking;
    const { tensor, views } = this.report;
    const ids = views.map(({ id }) => id);
    const windows = places.map((place) => planeWindow(tensor.shape, this.axes, place, this.perPixel));
    const reply = await this.reading.tiles('planes', { tensor: tensor.index, views: ids, windows });
    // Another question has overtaken this one.
    if (this.asking !== asking) return;
    this.asking = [];
    if (!reply.ok) {
      if (reply.error.code === 'cancelled') return;
      this.failure = reply.error.message;
      this.wanted = [];
    } else {
      this.failure = null;
      reply.value.forEach((tile, index) => {
        const cells = tile.views.map((view, at) => [ids[at] ?? 'raw', { rows: tile.rows, columns: tile.columns, ...view, flags: tile.flags }] as const);
        this.kept.set(asking[index] ?? '', new Map(cells));
      });
      for (const oldest of this.kept.keys()) {
        if (this.kept.size <= mostPlanes) break;
        this.kept.delete(oldest);
      }
    }
    this.version.value++;
    this.want(this.wanted);
  }
}
