import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { panned, smallestOf, whole, zoomed, type Zoom } from '../charts/zoom';
import type { MatrixSize } from '../charts/tiles';
import { useLook, zoomFrom, type KeptPart } from './look';

/**
 * What a plot does of its gestures and keys. Places and distances are shares of the plot's width and height. `now` follows every
 * event, to be drawn by; `settled` follows at rest and some times a second, to be written by: so a picture that is dragged costs
 * no rendering of the page.
 */
export interface Zooming {
  readonly now: ReadonlySignal<Zoom>;
  readonly settled: ReadonlySignal<Zoom>;
  by(factor: number, at: { readonly x: number; readonly y: number }): void;
  pan(by: { readonly x: number; readonly y: number }): void;
  reset(): void;
  /** The next change is one of many: words need not follow it at once. */
  drag(): void;
  /** The many have ended. */
  rest(): void;
}

/** Milliseconds between two times that words follow a gesture. */
const pace = 120;

class SharedZoom implements Zooming {
  readonly now = signal(whole);
  readonly settled = signal(whole);
  private dragging = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** @param least what is shown at least; absent: a pixel of 256 */
  constructor(
    private readonly least: Pick<Zoom, 'height' | 'width'> | undefined,
    private readonly kept: KeptPart<Zoom>,
  ) {
    const before = zoomFrom(kept.recall());
    if (before !== null) this.now.value = this.settled.value = zoomed(before, 1, { x: 0, y: 0 }, least);
  }

  by(factor: number, at: { readonly x: number; readonly y: number }): void {
    this.set(zoomed(this.now.peek(), factor, at, this.least));
  }

  pan(by: { readonly x: number; readonly y: number }): void {
    this.set(panned(this.now.peek(), by));
  }

  reset(): void {
    this.set(whole);
  }

  drag(): void {
    this.dragging = true;
  }

  rest(): void {
    this.settle();
  }

  dispose(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private set(next: Zoom): void {
    this.now.value = next;
    if (!this.dragging) return this.settle();
    this.timer ??= setTimeout(() => this.settle(), pace);
  }

  private settle(): void {
    this.dragging = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.settled.value = this.now.peek();
    this.kept.keep(this.now.peek());
  }
}

/**
 * One zoom for several pictures of the same tensor, kept while the page is hidden.
 * @param which pictures
 * @param of what they are of: the zoom is that of another's no more
 * @param matrix where single elements can be zoomed to
 */
export function useZoom(which: 'columns' | 'divider', of: string, matrix: MatrixSize | null): Zooming {
  const kept = useLook<Zoom>(which, of);
  const zooming = useMemo(() => new SharedZoom(matrix === null ? undefined : smallestOf(matrix), kept), [kept, matrix === null]);
  useEffect(() => () => zooming.dispose(), [zooming]);
  return zooming;
}
