import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext, useLayoutEffect, useMemo } from 'preact/hooks';
import type { Report, View } from '../../src/core/analysis/report';
import type { EditorState } from '../../src/protocol/messages';
import { formatNumber } from '../../src/core/text/numbers';
import { canFollow, placedPicture, rescalingOf, stretchOf, type Wanted } from '../charts/rescaling';
import { largestError } from '../gpu/rescale';

/** Milliseconds between two times that words follow a slider. */
const pace = 120;

/**
 * What pictures follow at once, before the host has computed anything: eps, as a slider is dragged. Pictures read the
 * signals where they are drawn, so that a frame renders nothing of the page.
 */
export class Interim {
  /** Null: that of the report. */
  readonly eps = signal<number | null>(null);
  private readonly telling = signal<number | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** The same some times a second, to be written by. */
  get told(): ReadonlySignal<number | null> {
    return this.telling;
  }

  /** Whether what is written is of what is drawn. */
  get isTold(): boolean {
    return this.telling.peek() === this.eps.peek();
  }

  /** @param eps null: that of the report */
  follow(eps: number | null): void {
    this.eps.value = eps;
    this.timer ??= setTimeout(() => this.tell(), pace);
  }

  /** A report is there, whole. What it was waited for with is followed no more. */
  arrived({ eps }: Report): void {
    if (this.eps.peek() === eps) this.eps.value = null;
    this.tell();
  }

  /** Nothing will come: pictures are of what they were computed with. */
  giveUp(): void {
    this.eps.value = null;
    this.tell();
  }

  wanted({ eps }: Report): Wanted {
    return { eps: this.eps.value ?? eps };
  }

  private tell(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.telling.value = this.eps.peek();
  }
}

/** Where nobody changes anything, nothing is followed. */
const idle = new Interim();

export const InterimContext = createContext<Interim>(idle);

export function useInterim(): Interim {
  return useContext(InterimContext);
}

/** What the page of these states follows: until the host has computed it, or will not. */
export function useInterimOf(state: EditorState | null): Interim {
  const interim = useMemo(() => new Interim(), []);
  const { report = null, phase = null, tensor = 0 } = state ?? {};
  useLayoutEffect(() => {
    if (phase === 'done' && report !== null) interim.arrived(report);
  }, [interim, report, phase]);
  // When it ends so, and not at every state after that: what is followed then is the next one's.
  useLayoutEffect(() => {
    if (phase === 'failed' || phase === 'cancelled') interim.giveUp();
  }, [interim, phase]);
  // Of another tensor nothing has been asked yet.
  useLayoutEffect(() => interim.giveUp(), [interim, tensor]);
  return interim;
}

/** How much farther the colours of a report's normalized pictures reach now. */
export function useStretch(report: Report): ReadonlySignal<number> {
  const interim = useInterim();
  return useMemo(
    () =>
      computed(() => {
        const wanted = interim.wanted(report);
        return wanted.eps === report.eps ? 1 : stretchOf(report, wanted);
      }),
    [report, interim],
  );
}

/** Entries of a colour map: what is less than one of them is not seen. */
const entries = 256;

/**
 * What a picture that follows is not: exact to its colours, or the wanted one at all. Null where it is.
 * @param high where its colours end
 */
export function followedText(report: Report, view: View, interim: Interim, high: number): { readonly text: string; readonly title: string; readonly isLeftBehind: boolean } | null {
  const wanted = { eps: interim.told.value ?? report.eps };
  if (wanted.eps === report.eps) return null;
  if (!canFollow(report, view)) return { text: 'as before', title: 'Drawn anew once it is computed.', isLeftBehind: true };
  const rescaling = rescalingOf(report, view, wanted, placedPicture(report, view));
  const error = rescaling === null ? 0 : largestError(view.picture, rescaling);
  if (error <= (2 * high) / entries) return null;
  const title = Number.isFinite(error)
    ? `Until it is computed: pixels of several groups are off by up to ${formatNumber(error, 2)}.`
    : 'Until it is computed: pixels of many groups follow some of them.';
  return { text: '≈', title, isLeftBehind: false };
}
