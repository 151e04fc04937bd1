import { signal } from '@preact/signals';
import { useContext, useMemo } from 'preact/hooks';
import type { Report, View } from '../../src/core/analysis/report';
import type { TilesRequest } from '../../src/core/analysis/tiles';
import type { Tile } from '../../src/core/engine/tile';
import type { Window } from '../../src/core/engine/tilePlan';
import { elementCount } from '../../src/core/tensor/tensor';
import type { TilesPurpose, WorkerReply } from '../../src/protocol/messages';
import { keyOf, windowOf, type MatrixSize, type TileCells, type TileSpec } from '../charts/tiles';
import { ReadingContext } from '../reading';

/** Bytes of tiles that are kept beside those that are wanted now: some two hundred of three views. */
const mostBytes = 96 * 1024 * 1024;

/** Whoever is overtaken more often in a row waits until it is drawn again. */
const mostOvertaken = 8;

type Ask = (request: TilesRequest) => Promise<WorkerReply<readonly Tile[]>>;

/** Where tiles lie. */
export interface TilePlaces<Place> {
  /** The same for the same place. */
  keyOf(place: Place): string;
  windowOf(place: Place): Window;
  /** Tiles that are asked for together, at most. */
  readonly together: number;
}

interface Kept {
  readonly tile: Tile;
  readonly bytes: number;
  /** One for each view, the same object each time: renderers know what they have of it. */
  readonly cells: ReadonlyMap<View['id'], TileCells>;
}

/** The tensor's matrix, in elements. */
export function matrixOf({ tensor: { shape }, pictureRowAxes }: Report): MatrixSize {
  return { rows: elementCount(shape.slice(0, pictureRowAxes)), columns: elementCount(shape.slice(pictureRowAxes)) };
}

/** Tiles of one report's tensor, of all its views, which are read as they are wanted. What was not drawn for longest is forgotten. */
export class TileStore<Place> {
  /** Changes when another tile is known, or asking has failed: to be drawn by. */
  readonly version = signal(0);
  /** Changes when all that is wanted is known, or asking has failed: to be written by. */
  readonly settled = signal(0);
  /** Why the last ones could not be read; null when they could. */
  failure: string | null = null;
  /** Of the tiles that were last wanted, the sparsest. */
  sampledEvery = 1;
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;
  private wanted: readonly Place[] = [];
  private asked: readonly string[] = [];
  /** Times in a row that a question was given up for another store's. */
  private overtaken = 0;
  /** Those that are drawn until they have come anew. */
  private readonly stale = new Set<string>();

  constructor(
    private report: Report,
    private readonly places: TilePlaces<Place>,
    private readonly ask: Ask,
  ) {}

  /** Another report of the same matrix: what is known is drawn until it has come anew. */
  follow(report: Report): void {
    if (report === this.report) return;
    this.report = report;
    this.failure = null;
    // What was asked for is of the report before.
    this.asked = [];
    for (const key of this.kept.keys()) this.stale.add(key);
  }

  cells(place: Place, view: View['id']): TileCells | null {
    const key = this.places.keyOf(place);
    const known = this.kept.get(key);
    if (known === undefined) return null;
    // What is drawn is the newest.
    this.kept.delete(key);
    this.kept.set(key, known);
    return known.cells.get(view) ?? null;
  }

  /** Asks for those of the tiles that are not known, in their order; what was wanted before and is no more is given up. */
  want(places: readonly Place[]): void {
    const { keyOf, together } = this.places;
    this.wanted = places;
    const missing = places.filter((place) => !this.kept.has(keyOf(place)) || this.stale.has(keyOf(place)));
    this.sampledEvery = places.reduce((most, place) => Math.max(most, this.kept.get(keyOf(place))?.tile.sampledEvery ?? 1), 1);
    if (missing.length === 0) return;
    if (this.asked.some((key) => missing.some((place) => keyOf(place) === key))) return;
    void this.read(missing.slice(0, together));
  }

  private async read(places: readonly Place[]): Promise<void> {
    const asked = places.map((place) => this.places.keyOf(place));
    this.asked = asked;
    const { report } = this;
    const { tensor } = report;
    const views = report.views.map(({ id }) => id);
    const reply = await this.ask({ tensor: tensor.index, views, windows: places.map((place) => this.places.windowOf(place)) });
    // Another question has overtaken this one.
    if (this.asked !== asked) return;
    this.asked = [];
    if (!reply.ok) {
      // By tiles of the report before, which came between: whoever is drawn asks again, and who is not is overtaken in turn.
      if (reply.error.code === 'cancelled') return void (this.overtaken++ < mostOvertaken && this.version.value++);
      this.failure = reply.error.message;
      this.wanted = [];
    } else {
      this.failure = null;
      this.overtaken = 0;
      reply.value.forEach((tile, index) => this.keep(asked[index] ?? '', views, tile, report));
      this.forget();
    }
    this.version.value++;
    this.want(this.wanted);
    if (this.asked.length === 0) this.settled.value++;
  }

  private keep(key: string, views: readonly View['id'][], tile: Tile, report: Report): void {
    this.drop(key);
    const cells = new Map(tile.views.map((view, index) => [views[index] ?? 'raw', { rows: tile.rows, columns: tile.columns, ...view, flags: tile.flags, report }] as const));
    const bytes = tile.views.reduce((sum, { mean, min, max }) => sum + mean.byteLength + (min?.byteLength ?? 0) + (max?.byteLength ?? 0), tile.flags.byteLength);
    this.bytes += bytes;
    this.kept.set(key, { tile, bytes, cells });
  }

  private forget(): void {
    // What is wanted would only be asked for again.
    const wanted = new Set(this.wanted.map((place) => this.places.keyOf(place)));
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= mostBytes) return;
      if (!wanted.has(oldest)) this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.bytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
    this.stale.delete(key);
  }
}

/** Tiles of the heatmap's matrix. */
export type MatrixTiles = TileStore<TileSpec>;

function matrixTiles(report: Report, ask: Ask): MatrixTiles {
  const { pictureRowAxes, tensor: { shape } } = report;
  const axes = shape.map((_, axis) => axis);
  const over = { rowAxes: axes.slice(0, pictureRowAxes), columnAxes: axes.slice(pictureRowAxes), fixed: shape.map(() => 0) };
  const matrix = matrixOf(report);
  // One at a time: more are not taken in between two frames.
  return new TileStore(report, { keyOf, windowOf: (spec) => ({ ...over, ...windowOf(spec, matrix) }), together: 1 }, ask);
}

/** What a report's pictures are read more finely by; null where nobody reads, and while the report is partial. */
export function useTiles(report: Report, purpose: TilesPurpose): MatrixTiles | null {
  const reading = useContext(ReadingContext);
  const { tensor, pictureRowAxes, progress } = report;
  const isPartial = progress < 1;
  const tiles = useMemo(() => (reading === null || isPartial ? null : matrixTiles(report, (request) => reading.tiles(purpose, request))), [tensor.index, tensor.shape.join(), pictureRowAxes, reading, isPartial, purpose]);
  tiles?.follow(report);
  return tiles;
}
