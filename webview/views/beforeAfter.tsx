import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isApplicable, type Report } from '../../src/core/analysis/report';
import type { MethodId } from '../../src/core/engine/normalizations/normalization';
import { normalization } from '../../src/core/engine/normalizations/registry';
import { formatPercent } from '../../src/core/text/numbers';
import { sharedElementsHigh, sharedRange } from '../charts/heatmap';
import { HeatmapPlot } from './heatmapPlot';
import { useStretch } from './interim';
import { matrixOf, useTiles } from './tileStore';
import { tensorKey } from './look';
import { useZoom } from './zooming';

interface BeforeAfterProps {
  readonly report: Report;
  readonly shown: readonly MethodId[];
  /** As it was when the page was last there. */
  readonly kept: KeptDivider | undefined;
  keep(part: KeptDivider): void;
}

export interface KeptDivider {
  readonly open: boolean;
  readonly method: MethodId | null;
  /** Where it stands, as a share of the width: raw to its left. */
  readonly at: number;
}

const closed: KeptDivider = { open: false, method: null, at: 0.5 };
const height = 240;

/** What keys move the divider by; with Shift ten times as far. */
const steps: Readonly<Record<string, number>> = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };

/** The tensor before and after a normalization, one picture over the other, with a divider between them. */
export function BeforeAfter({ report, shown, kept, keep }: BeforeAfterProps) {
  const [state, setState] = useState(kept ?? closed);
  const { views } = report;
  const after = views.filter(({ id }) => id !== 'raw' && shown.includes(id));
  const raw = views.find(({ id }) => id === 'raw');
  const chosen = after.find(({ id }) => id === state.method) ?? after[0];
  const tiles = useTiles(report, 'divided');
  const zooming = useZoom('divider', tensorKey(report), tiles === null ? null : matrixOf(report));
  const ranges = useMemo(() => ({ raw: sharedRange(raw === undefined ? [] : [raw.picture]), after: sharedRange(after.map(({ picture }) => picture)) }), [views, shown]);
  const stretch = useStretch(report);
  const change = (part: Partial<KeptDivider>) => {
    setState({ ...state, ...part });
    keep({ ...state, ...part });
  };
  if (raw === undefined || chosen === undefined || chosen.id === 'raw') return null;
  const { label } = normalization(chosen.id);
  const method = report.methods.filter(isApplicable).filter(({ id }) => id === chosen.id);
  return (
    <details class="beforeAfter" open={state.open} onToggle={({ currentTarget: { open } }) => open !== state.open && change({ open })}>
      <summary>5 · Before and after, with a divider</summary>
      {state.open && (
        <div class="divided">
          <p class="method-raw"><i class="swatch" />Raw</p>
          <p class={`method-${chosen.id}`}>
            <i class="swatch" />
            <select aria-label="After which normalization" value={chosen.id} onChange={({ currentTarget: { value } }) => change({ method: after.find(({ id }) => id === value)?.id as MethodId })}>
              {after.map(({ id }) => <option key={id} value={id}>{normalization(id as MethodId).label}</option>)}
            </select>
          </p>
          <div class="before"><HeatmapPlot report={report} view={raw} methods={method} range={ranges.raw} elementsHigh={sharedElementsHigh([raw.histogram])} unit="" zooming={zooming} tiles={tiles} height={height} /></div>
          <div class="after"><HeatmapPlot report={report} view={chosen} methods={method} range={ranges.after} elementsHigh={sharedElementsHigh(after.map(({ histogram }) => histogram))} unit={chosen.affine === undefined ? 'σ' : ''} zooming={zooming} tiles={tiles} stretch={stretch} height={height} /></div>
          <Divider label={`Divider: raw to its left, after ${label} to its right`} at={state.at} height={height} keep={(at) => change({ at })} />
        </div>
      )}
    </details>
  );
}

interface DividerProps {
  readonly label: string;
  readonly at: number;
  readonly height: number;
  keep(at: number): void;
}

/** Dragged, or moved by the arrow keys. The pictures are cut by a style that follows it: nothing is drawn anew. */
function Divider({ label, at, height: tall, keep }: DividerProps) {
  const handle = useRef<HTMLDivElement>(null);
  const dragged = useRef(false);
  const [now, setNow] = useState(at);
  useLayoutEffect(() => handle.current?.parentElement?.style.setProperty('--divider', String(now)), [now]);
  const to = (share: number) => Math.min(1, Math.max(0, share));
  const shareAt = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    return box === undefined ? now : to((event.clientX - box.left) / box.width);
  };
  return (
    <div
      ref={handle}
      class="divider"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(now * 100)}
      aria-valuetext={formatPercent(now)}
      style={{ height: `${tall}px` }}
      onPointerDown={(event) => {
        dragged.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => dragged.current && setNow(shareAt(event))}
      onLostPointerCapture={() => {
        dragged.current = false;
        keep(now);
      }}
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const next = to(Math.round((now + step * (event.shiftKey ? 10 : 1)) * 100) / 100);
        setNow(next);
        keep(next);
      }}
    />
  );
}
