import { asBefore, changed, changesOf } from './changes';
import type { EditorState, SentState } from './messages';

/** The host's end of the states that a page is shown: each says what has changed since the one before. */
export class StateSender {
  private last: { readonly number: number; readonly state: EditorState } | null = null;
  private count = 0;

  constructor(private readonly post: (sent: SentState) => void) {}

  show(whole: EditorState): void {
    const state = drawnOf(whole);
    if (this.last?.state.reading !== state.reading) this.last = null;
    const early = this.withoutExtremes(state);
    if (early !== null) this.send(early);
    this.send(state);
  }

  /** The page is there, or there anew, and has nothing. */
  whole(state: EditorState): void {
    this.last = null;
    this.show(state);
  }

  /** New pictures are drawn by their means; the extremes, twice as much, come behind them. Null where no picture is new. */
  private withoutExtremes(state: EditorState): EditorState | null {
    const { report } = state;
    if (report === null || report.views.length === 0) return null;
    if (changesOf(this.last?.state.report?.views, report.views) === asBefore) return null;
    const views = report.views.map((view) => ({ ...view, picture: { ...view.picture, min: null, max: null } }));
    return { ...state, report: { ...report, views } };
  }

  private send(state: EditorState): void {
    const { last } = this;
    const number = ++this.count;
    this.post({ number, after: last?.number ?? null, changes: last === null ? state : changesOf(last.state, state) });
    this.last = { number, state };
  }
}

/** Without numbers that no page draws. */
function drawnOf(state: EditorState): EditorState {
  const { report } = state;
  const averages = report?.runningAverages ?? null;
  if (report === null || averages === null || 'notApplicable' in averages) return state;
  return { ...state, report: { ...report, runningAverages: { ...averages, final: null } } };
}

/** The page's end. What a state has in common with the one before is the same object in both. */
export class StateReceiver {
  private number: number | null = null;
  private state: EditorState | null = null;

  /** @returns the state; null where it builds on one that never came: then a whole one is on its way */
  receive({ number, after, changes }: SentState): EditorState | null {
    if (after !== null && after !== this.number) return null;
    const before = this.state;
    this.number = number;
    if (after !== null) return (this.state = changed(before, changes) as EditorState);
    const whole = changes as EditorState;
    // Of a file that was read anew, what looks the same is not.
    return (this.state = before?.reading === whole.reading ? (changed(before, changesOf(before, whole)) as EditorState) : whole);
  }
}
