import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { valuesText } from '../../src/core/analysis/answer';
import { isApplicable, type MethodReport, type NotApplicable, type Report, type View } from '../../src/core/analysis/report';
import { normalization } from '../../src/core/engine/normalizations/registry';
import type { MethodId } from '../../src/core/engine/normalizations/normalization';
import { counted, formatCount } from '../../src/core/text/numbers';
import { densityMax } from '../charts/histogram';
import { sharedElementsHigh, sharedRange } from '../charts/heatmap';
import { BlockPicture } from './blockPicture';
import { HeatmapPlot } from './heatmapPlot';
import { HistogramPlot } from './histogramPlot';
import { useStretch } from './interim';
import { LitGroup } from './lit';
import { tensorKey } from './look';
import { MarkedNote } from './outlierMarks';
import { SeriesPlot } from './seriesPlot';
import { matrixOf, useTiles, type MatrixTiles } from './tileStore';
import { useZoom, type Zooming } from './zooming';

interface ColumnsProps {
  readonly report: Report;
  readonly shown: readonly MethodId[];
  readonly logY: boolean;
  /** Whether what is shown is of other options, until what is asked for has been computed. */
  readonly waiting?: boolean;
}

/** Narrower than this a column's pictures say nothing, in CSS pixels. */
const narrowest = 215;
/** Narrower than this a column has its words under its pictures, not beside them. */
const roomy = 310;

/**
 * Raw, LayerNorm, BatchNorm and what else is asked for, side by side on shared scales. Where they do not fit, raw stays
 * and the methods become tabs.
 */
export function Columns({ report, shown, logY, waiting = false }: ColumnsProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [tab, setTab] = useState<MethodId | null>(null);
  const fits = width === 0 || (shown.length + 1) * narrowest <= width;
  const active = tab !== null && shown.includes(tab) ? tab : shown[0];
  const columns = fits ? shown : active === undefined ? [] : [active];
  const tiles = useTiles(report, 'heatmap');
  const zooming = useZoom('columns', tensorKey(report), tiles === null ? null : matrixOf(report));
  const tight = width > 0 && width / (columns.length + 1) < roomy;

  const normalized = report.views.filter(({ id }) => id !== 'raw');
  const raw = report.views.find(({ id }) => id === 'raw');
  const scales = {
    logY,
    zooming,
    tiles,
    stretch: useStretch(report),
    rawRange: sharedRange(raw === undefined ? [] : [raw.picture]),
    range: sharedRange(normalized.map(({ picture }) => picture)),
    rawElementsHigh: sharedElementsHigh(raw === undefined ? [] : [raw.histogram]),
    elementsHigh: sharedElementsHigh(normalized.map(({ histogram }) => histogram)),
    rawDensity: densityMax(raw === undefined ? [] : [raw.histogram]),
    density: densityMax(normalized.map(({ histogram }) => histogram)),
  };
  const shownMethods = report.methods.filter((method) => columns.includes(method.id)).filter(isApplicable);
  return (
    <section class={waiting ? 'columnsFrame waiting' : 'columnsFrame'} aria-busy={waiting} data-panel="1" tabIndex={-1} aria-labelledby="axes" ref={frame}>
      <h2 id="axes">1 · Axes <span class="qualifier">coloured in the blocks: elements with one mean and variance; below, what becomes of the values</span></h2>
      {!fits && active !== undefined && <Tabs shown={shown} active={active} choose={setTab} />}
      <div class={`columns ${tight ? 'tight' : ''}`} style={{ gridTemplateColumns: `repeat(${columns.length + 1}, minmax(0, 1fr))` }}>
        <RawColumn report={report} view={raw} methods={shownMethods} scales={scales} />
        {columns.map((id) => (
          <MethodColumn
            key={id}
            id={id}
            report={report}
            method={report.methods.find((method) => method.id === id)}
            view={report.views.find((view) => view.id === id)}
            scales={scales}
          />
        ))}
      </div>
    </section>
  );
}

interface Scales {
  readonly logY: boolean;
  readonly zooming: Zooming;
  readonly tiles: MatrixTiles | null;
  readonly stretch: ReadonlySignal<number>;
  readonly rawRange: ReturnType<typeof sharedRange>;
  readonly range: ReturnType<typeof sharedRange>;
  readonly rawElementsHigh: number;
  readonly elementsHigh: number;
  readonly rawDensity: number;
  readonly density: number;
}

interface TabsProps {
  readonly shown: readonly MethodId[];
  readonly active: MethodId;
  choose(id: MethodId): void;
}

function Tabs({ shown, active, choose }: TabsProps) {
  return (
    <div class="tabs" role="group" aria-label="Method beside raw">
      <span class="qualifier">beside raw</span>
      {shown.map((id) => (
        <button key={id} class={`method-${id}`} aria-pressed={id === active} onClick={() => choose(id)}>
          <i class="swatch" />
          {normalization(id).label}
        </button>
      ))}
    </div>
  );
}

interface RawColumnProps {
  readonly report: Report;
  readonly view: View | undefined;
  /** Whose groups are shown in the raw picture. */
  readonly methods: readonly MethodReport[];
  readonly scales: Scales;
}

function RawColumn({ report, view, methods, scales }: RawColumnProps) {
  return (
    <section class="column method-raw" aria-label="Raw">
      <h2><i class="swatch" />Raw</h2>
      <div class="share">
        <BlockPicture report={report} method={null} />
        <div>
          <p>{counted(report.statistics.count, 'finite value')}, as stored</p>
          <MarkedNote report={report} />
          <LitGroup report={report} method={null} />
        </div>
      </div>
      <div class="heatmap">
        {view !== undefined && <HeatmapPlot report={report} view={view} methods={methods} range={scales.rawRange} elementsHigh={scales.rawElementsHigh} unit="" zooming={scales.zooming} tiles={scales.tiles} />}
      </div>
      <div class="histogram">
        {view !== undefined && <HistogramPlot report={report} view={view} yMax={scales.rawDensity} logY={scales.logY} />}
      </div>
      <div class="series note"><p><b>Means μ</b>, one for each group. All methods on one scale; height: share of the groups.</p></div>
      <div class="series note"><p><b>Variances σ²</b>, likewise: BatchNorm's are of channels, LayerNorm's of samples or tokens.</p></div>
    </section>
  );
}

interface MethodColumnProps {
  readonly id: MethodId;
  readonly report: Report;
  readonly method: MethodReport | NotApplicable | undefined;
  readonly view: View | undefined;
  readonly scales: Scales;
}

function MethodColumn({ id, report, method, view, scales }: MethodColumnProps) {
  const { label } = normalization(id);
  return (
    <section class={`column method-${id}`} aria-label={label}>
      <h2><i class="swatch" />{label}</h2>
      {method !== undefined && !isApplicable(method) && <p class="refused">Does not apply: {method.notApplicable}.</p>}
      {method !== undefined && isApplicable(method) && (
        <>
          <div class="share">
            <BlockPicture report={report} method={method} />
            <div>
              <p>{shareText(report, method)}</p>
              <LitGroup report={report} method={method} />
            </div>
          </div>
          <div class="heatmap">
            {view === undefined ? <p class="qualifier">computing</p> : <HeatmapPlot report={report} view={view} methods={[method]} range={scales.range} elementsHigh={scales.elementsHigh} unit={view.affine === undefined ? 'σ' : ''} zooming={scales.zooming} tiles={scales.tiles} stretch={scales.stretch} />}
          </div>
          <div class="histogram">
            {view !== undefined && <HistogramPlot report={report} view={view} yMax={scales.density} logY={scales.logY} />}
          </div>
          {method.mean !== undefined && <SeriesPlot report={report} method={method} series={method.mean} what="means" />}
          {method.variance !== undefined && <SeriesPlot report={report} method={method} series={method.variance} what="variances" />}
          {method.meanSquare !== undefined && <SeriesPlot report={report} method={method} series={method.meanSquare} what="mean squares" />}
        </>
      )}
    </section>
  );
}

/** `Reduces T and C: 32 groups of 1 536 values, one mean and variance for each sample`. */
function shareText(report: Report, method: MethodReport): string {
  const { reducedAxes, groups, sharedBy, id, numGroups, unmasked } = method;
  const letters = reducedAxes.map((axis) => (id === 'group' && report.layout.roles[axis] === 'C' ? `C in ${formatCount(numGroups ?? 1)} parts` : report.layout.roles[axis] ?? String(axis)));
  const over = letters.length === 0 ? 'nothing' : letters.length === 1 ? letters[0] : `${letters.slice(0, -1).join(', ')} and ${letters.at(-1)}`;
  const statistic = id === 'rms' ? 'mean square' : 'mean and variance';
  return `Reduces ${over}: ${counted(groups - (unmasked?.empty ?? 0), 'group')} of ${valuesText(method)}, one ${statistic} for ${sharedBy}`;
}

function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}
