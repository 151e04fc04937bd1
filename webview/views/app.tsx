import type { ReadonlySignal } from '@preact/signals';
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { AttachedRole } from '../../src/core/analysis/attached';
import type { FrameworkId } from '../../src/core/analysis/code/methods';
import type { NormalizeMethod } from '../../src/core/analysis/normalize';
import type { PairRow } from '../../src/core/analysis/pairRow';
import type { TensorPair } from '../../src/core/analysis/pairs';
import type { RowStatistics } from '../../src/core/analysis/rows';
import type { AttachKind } from '../../src/protocol/attachments';
import type { EditorState, ViewOptions } from '../../src/protocol/messages';
import { ExportingContext, type Exporting } from '../export/exporting';
import { Answer } from './answer';
import { Attachments } from './attachments';
import { BatchOutputSection, type KeptBatchOutput } from './batchOutput';
import { BatchSize } from './batchSize';
import { BeforeAfter, type KeptDivider } from './beforeAfter';
import { CatalogPage, firstPlace, type CatalogPlace } from './catalog/catalogPage';
import { firstPairsPlace, PairsPage, type PairsPlace } from './catalog/pairsPage';
import { Columns } from './columns';
import { Compare } from './compare';
import { CopyCode } from './copyCode';
import { Coupling } from './coupling';
import { Findings } from './findings';
import { Footer } from './footer';
import { GradientPanel } from './gradients';
import { Header } from './header';
import { InterimContext, useInterimOf } from './interim';
import { Keys } from './keys';
import { Lighting } from './lit';
import { LookContext, type KeptLook } from './look';
import { MethodChips, methodKeys, toggled } from './methodChips';
import { Numbers } from './numbers/numbers';
import type { KeptPlace } from './numbers/place';
import { Options } from './options';
import { ContactSheet, type KeptSheet } from './planes/contactSheet';
import { usePictured } from './pictured';
import { Precision } from './precision';
import { Recommendation } from './recommendation';
import { Ridgelines, type KeptRidgelines } from './ridgelines';
import { Status } from './status';
import { Summary } from './summary';
import { Training } from './training';

/** Milliseconds that are waited for a frame. */
const longestFrame = 100;

/** What the page asks of whoever holds the tensor. */
export interface Actions {
  setOptions(options: ViewOptions): void;
  selectTensor(index: number): void;
  attach(kind: AttachKind): void;
  detach(role: AttachedRole): void;
  compareWith(): void;
  closeComparison(): void;
  showCatalog(): void;
  wantStatistics(indices: readonly number[]): void;
  wantPairs(pairs: readonly TensorPair[]): void;
  openPair(one: number, other: number): void;
  retry(): void;
  cancel(): void;
  copyStatistics(): void;
  copyCode(method: NormalizeMethod, framework: FrameworkId): void;
  saveExport: Exporting['save'];
  copyText: Exporting['copy'];
  openRule(rule: string): void;
}

interface AppProps {
  /** Null until the host has answered for the first time. */
  readonly state: ReadonlySignal<EditorState | null>;
  readonly rows: ReadonlySignal<ReadonlyMap<number, RowStatistics>>;
  /** Of the two compared files, by `pairKey`. */
  readonly pairRows: ReadonlySignal<ReadonlyMap<string, PairRow>>;
  readonly actions: Actions;
  /** As it was kept when the page was last there. */
  readonly kept: Kept;
  /** Filled with the pictures that are there to be exported. */
  readonly pictures: Exporting['pictures'];
  keep(part: Kept): void;
}

/** What the page keeps of itself while it is hidden. */
export interface Kept {
  logY?: boolean;
  place?: CatalogPlace;
  pairs?: PairsPlace;
  batchOutput?: KeptBatchOutput;
  divider?: KeptDivider;
  ridgelines?: KeptRidgelines;
  precision?: boolean;
  numbers?: KeptPlace;
  planes?: KeptSheet;
  look?: KeptLook;
}

/** The editor's page: a function of the host's state. */
export function App({ state, rows, pairRows, actions, kept, pictures, keep }: AppProps) {
  const shown = state.value;
  const [logScale, setLogScale] = useState(kept.logY === true);
  const [place, setPlace] = useState(kept.place ?? firstPlace);
  const [pairsPlace, setPairsPlace] = useState(kept.pairs ?? firstPairsPlace);
  const toggleLog = useCallback(() => {
    setLogScale(!logScale);
    keep({ logY: !logScale });
  }, [logScale, keep]);
  useKeys(shown, actions, toggleLog);
  const interim = useInterimOf(shown);
  const pictured = usePictured(shown);
  const look = useMemo(() => ({ fileName: shown?.fileName ?? '', kept, keep }), [shown?.fileName, kept, keep]);
  const hasPanels = useLater(shown !== null);
  if (shown === null) return null;
  const { fileName, catalog, tensor, report, options, phase } = shown;
  if (shown.place === 'catalog' && catalog !== null) {
    return (
      <main>
        <CatalogPage
          state={shown}
          catalog={catalog}
          rows={rows.value}
          place={place}
          setPlace={(next) => {
            setPlace(next);
            keep({ place: next });
          }}
          open={actions.selectTensor}
          wantStatistics={actions.wantStatistics}
          compareWith={actions.compareWith}
          openRule={actions.openRule}
          retry={actions.retry}
          cancel={actions.cancel}
        />
      </main>
    );
  }
  if (shown.place === 'pairs' && shown.comparedFile !== null) {
    return (
      <main>
        <PairsPage
          state={shown}
          comparedFile={shown.comparedFile}
          rows={pairRows.value}
          place={pairsPlace}
          setPlace={(next) => {
            setPairsPlace(next);
            keep({ pairs: next });
          }}
          wantPairs={actions.wantPairs}
          openPair={actions.openPair}
          back={actions.showCatalog}
          another={actions.compareWith}
          retry={actions.retry}
          cancel={actions.cancel}
        />
      </main>
    );
  }
  if (shown.place === 'compare' && shown.comparison !== null) {
    return (
      <main>
        <ExportingContext.Provider value={{ subject: subjectOf(shown), save: actions.saveExport, copy: actions.copyText, pictures }}>
          <Compare state={shown} comparison={shown.comparison} back={actions.closeComparison} another={actions.compareWith} retry={actions.retry} cancel={actions.cancel} />
        </ExportingContext.Provider>
        <Footer report={null} />
      </main>
    );
  }
  const known = report !== null && report.methods.length > 0 ? report : null;
  const drawn = pictured?.report ?? known;
  return (
    <main>
      <Header
        fileName={fileName}
        catalog={catalog}
        tensor={tensor}
        report={report}
        selectTensor={actions.selectTensor}
        showCatalog={actions.showCatalog}
        setLayout={(layout) => actions.setOptions({ ...options, layout })}
      />
      <Status {...shown} progress={phase === 'computing' && report !== null && report.progress < 1 ? report.progress : null} retry={actions.retry} cancel={actions.cancel} />
      {report !== null && (
        <>
          <Answer report={report} />
          <Findings findings={report.findings} openRule={actions.openRule} />
          <Summary report={report} />
        </>
      )}
      {hasPanels && known !== null && drawn !== null && (
        <InterimContext.Provider value={interim}>
          <div class="controls">
            <MethodChips shown={options.views} methods={known.methods} setShown={(views) => actions.setOptions({ ...options, views })} />
            <Options report={known} options={options} setOptions={actions.setOptions} />
            <label class="check"><input type="checkbox" checked={logScale} onChange={toggleLog} /> log counts</label>
            <button class="link" title="Another tensor on the same axes, of this file or another" onClick={actions.compareWith}>Compare with…</button>
            <button class="link" onClick={actions.copyStatistics}>Copy as JSON</button>
            <CopyCode report={known} copy={actions.copyCode} />
            <Keys />
          </div>
          <Attachments attachments={shown.attachments} undecided={shown.undecided} options={options} roles={known.layout.roles} attach={actions.attach} detach={actions.detach} setOptions={actions.setOptions} />
          <ExportingContext.Provider value={{ subject: subjectOf(shown), save: actions.saveExport, copy: actions.copyText, pictures }}>
            <LookContext.Provider value={look}>
              <Lighting report={drawn}>
                <Columns report={drawn} shown={options.views} logY={logScale} waiting={pictured?.waiting ?? false} />
                <div class="below">
                  <BatchSize report={known}>
                    <BatchOutputSection report={known} phase={phase} options={options} setOptions={actions.setOptions} kept={kept.batchOutput} keep={(batchOutput) => keep({ batchOutput })} />
                  </BatchSize>
                  <Training report={known} options={options} attachments={shown.attachments} setOptions={actions.setOptions} />
                  <Recommendation report={known} />
                </div>
                <BeforeAfter report={drawn} shown={options.views} kept={kept.divider} keep={(divider) => keep({ divider })} />
              </Lighting>
            </LookContext.Provider>
            <ContactSheet report={drawn} kept={kept.planes} keep={(planes) => keep({ planes })} />
            <Ridgelines report={known} phase={phase} options={options} setOptions={actions.setOptions} kept={kept.ridgelines} keep={(ridgelines) => keep({ ridgelines })} />
            <Precision report={known} phase={phase} options={options} setOptions={actions.setOptions} openRule={actions.openRule} kept={kept.precision === true} keep={(precision) => keep({ precision })} />
            <div class="below">
              <GradientPanel report={known} />
              <Coupling report={known} />
            </div>
          </ExportingContext.Provider>
        </InterimContext.Provider>
      )}
      <Numbers state={shown} kept={kept.numbers} keep={(numbers) => keep({ numbers })} />
      <Footer report={report} />
    </main>
  );
}

/** Whether something was so in the frame before: what is heavy comes a frame behind what says most. */
function useLater(now: boolean): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    if (!now) return undefined;
    // A page that is not seen has no frames.
    const timer = setTimeout(() => setLater(true), longestFrame);
    const frame = requestAnimationFrame(() => setTimeout(() => setLater(true)));
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [now]);
  return later;
}

/** The file, and the tensor where it has several. */
function subjectOf({ fileName, catalog, tensor }: EditorState): string {
  return catalog === null || catalog.tensors.length < 2 ? fileName : `${fileName} ${catalog.tensors[tensor]?.name ?? ''}`;
}

/** `1` to `6` go to the panels, `l b r g i` show and hide methods, `y` switches the counts' scale, `c` copies. Not while a field is written in. */
function useKeys(state: EditorState | null, actions: Actions, toggleLog: () => void): void {
  // With the rendering, not after the painting: the next key may come before that.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const writing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (state === null || state.place !== 'tensor' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      const method = methodKeys[event.key];
      if (method !== undefined) actions.setOptions({ ...state.options, views: toggled(state.options.views, method) });
      else if (event.key >= '1' && event.key <= '6') showPanel(event.key);
      else if (event.key === 'c') actions.copyStatistics();
      else if (event.key === 'y') toggleLog();
      else if (event.key === 'Backspace' && (state.catalog?.tensors.length ?? 0) > 1) actions.showCatalog();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [state, actions, toggleLog]);
}

/** The panel of that number comes to the top and has the focus, so that the keyboard goes on from there. */
function showPanel(number: string): void {
  const panel = document.querySelector<HTMLElement>(`[data-panel="${number}"]`);
  panel?.scrollIntoView({ block: 'start' });
  panel?.focus({ preventScroll: true });
}
