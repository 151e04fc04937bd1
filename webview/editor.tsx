import { computed, signal } from '@preact/signals';
import { render } from 'preact';
import type { PairRow } from '../src/core/analysis/pairRow';
import type { RowStatistics } from '../src/core/analysis/rows';
import type { EditorState, PagePicture, SentState, ViewOptions } from '../src/protocol/messages';
import { StateReceiver } from '../src/protocol/states';
import { createDrawing, DrawingContext } from './drawing';
import type { ReportPicture } from './export/exporting';
import { connectHost } from './host';
import { ReadingContext, type Reading } from './reading';
import { pairKey } from './views/catalog/pairs';
import { App, type Actions, type Kept } from './views/app';
import './styles/base.css';
import './styles/page.css';
import './styles/panels.css';
import './styles/columns.css';
import './styles/export.css';
import './styles/keys.css';
import './styles/catalog.css';
import './styles/numbers.css';
import './styles/attached.css';
import './styles/planes.css';

/** Root of the editor's page: the state comes from the host, each time; what is the page's own is kept by VS Code. */

const state = signal<EditorState | null>(null);
/** Options that the host was asked for and has not taken over yet: what is asked next builds on them, not on older ones. */
const asked = signal<ViewOptions | null>(null);
const shown = computed(() => (state.value === null || asked.value === null ? state.value : whileAsked(state.value, asked.value)));
/** Rows of the catalog that are known. Those of another catalog are forgotten with it. */
const rows = signal<ReadonlyMap<number, RowStatistics>>(new Map());
/** Rows of the two compared files that are known, likewise. */
const pairRows = signal<ReadonlyMap<string, PairRow>>(new Map());
const { calls, recall, remember } = connectHost({
  show,
  rows: (known) => void (rows.value = new Map([...rows.value, ...known])),
  pairRows: (known) => void (pairRows.value = new Map([...pairRows.value, ...known.map(([one, other, row]) => [pairKey({ one, other }), row] as const)])),
  pictures: drawnPictures,
});

/** What is known is of other options: those that are asked for have yet to be computed. */
function whileAsked(known: EditorState, options: ViewOptions): EditorState {
  return { ...known, options, phase: known.phase === 'done' ? 'computing' : known.phase };
}

const received = new StateReceiver();

function show(sent: SentState): void {
  const before = state.peek();
  const next = received.receive(sent);
  if (next === null) return;
  if (next.catalog !== before?.catalog) rows.value = new Map();
  if (next.catalog !== before?.catalog || next.comparedFile !== before.comparedFile) pairRows.value = new Map();
  state.value = next;
}

/** The next frame; where the browser draws none (a window that is covered), some time later all the same. */
function frame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
    setTimeout(resolve, longestFrame);
  });
}

/** Milliseconds. */
const longestFrame = 50;
/** Frames that a page may take to draw its first picture: some seconds. */
const mostFrames = 240;

/** In the order of the page, once it shows the state that it has. */
async function drawnPictures(): Promise<PagePicture[]> {
  // A page that has just come draws nothing for its first frames.
  for (let frames = 0; frames < 2 || (frames < mostFrames && pictures.size === 0); frames++) {
    await frame();
  }
  const drawn: PagePicture[] = [];
  const inOrder = [...pictures].sort(([one], [other]) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  for (const [, { title, png }] of inOrder) drawn.push({ title, png: await png() });
  return drawn;
}

const actions: Actions = {
  setOptions: (options) => void setOptions(options),
  selectTensor: (index) => {
    asked.value = null;
    void calls.selectTensor.asEvent(index);
  },
  attach: (kind) => void calls.attach.asEvent(kind),
  detach: (role) => void calls.detach.asEvent(role),
  compareWith: () => void calls.compareWith.asEvent(),
  closeComparison: () => void calls.closeComparison.asEvent(),
  showCatalog: () => void calls.showCatalog.asEvent(),
  wantStatistics: (indices) => void calls.wantStatistics.asEvent(indices),
  wantPairs: (pairs) => void calls.wantPairs.asEvent(pairs),
  openPair: (one, other) => void calls.openPair.asEvent(one, other),
  retry: () => void calls.retry.asEvent(),
  cancel: () => void calls.cancel.asEvent(),
  copyStatistics: () => void calls.copyStatistics.asEvent(),
  copyText: (text) => void calls.copyText.asEvent(text),
  saveExport: (name, kind, bytes) => void calls.saveExport.asEvent(name, kind, bytes),
  copyCode: (method, framework) => void calls.copyCode.asEvent(method, framework),
  openRule: (rule) => void calls.openRule.asEvent(rule),
};

const reading: Reading = {
  slice: (...asked) => calls.readSlice(...asked),
  tiles: (...asked) => calls.readTiles(...asked),
  copyText: (text) => void calls.copyText.asEvent(text),
};

async function setOptions(options: ViewOptions): Promise<void> {
  asked.value = options;
  try {
    // The answer comes after the state that has them.
    await calls.setOptions(options);
  } catch (error) {
    console.warn(error);
  } finally {
    if (asked.value === options) asked.value = null;
  }
}

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root.');
const drawing = createDrawing(root, ({ name, reason }) => void calls.rendererChosen.asEvent(name, reason));
/** What a report can take over. */
const pictures = new Map<Element, ReportPicture>();
const kept = { ...(recall() as Kept | null) };

render(
  <DrawingContext.Provider value={drawing}>
    <ReadingContext.Provider value={reading}>
      <App
        state={shown}
        rows={rows}
        pairRows={pairRows}
        actions={actions}
        kept={kept}
        pictures={pictures}
        keep={(part) => {
          Object.assign(kept, part);
          remember(kept);
        }}
      />
    </ReadingContext.Provider>
  </DrawingContext.Provider>,
  root,
);

void calls.ready.asEvent();
