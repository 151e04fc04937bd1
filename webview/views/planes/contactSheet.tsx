import { useContext, useMemo, useState } from 'preact/hooks';
import type { Report, View } from '../../../src/core/analysis/report';
import { elementCount } from '../../../src/core/tensor/tensor';
import { counted, formatCount } from '../../../src/core/text/numbers';
import { planeAxes, planeSize, type PlaneAxes } from '../../charts/planes';
import { ReadingContext, type Reading } from '../../reading';
import { planeStore } from './planeStore';
import { viewName } from './planeText';
import { Sheet } from './sheet';

interface ContactSheetProps {
  readonly report: Report;
  /** As it was when the page was last there. */
  readonly kept: KeptSheet | undefined;
  keep(part: KeptSheet): void;
}

export interface KeptSheet {
  readonly open: boolean;
  /** Null: all views of a plane side by side. */
  readonly view: View['id'] | null;
  /** Whether every plane has a colour scale of its own. */
  readonly own: boolean;
  /** Three channels as the colours of a picture. */
  readonly colours: boolean;
}

const closed: KeptSheet = { open: false, view: null, own: false, colours: false };
/** Planes of a sheet. From which sample on they are is chosen, so that all can be reached. */
const mostPlanes = 16384;

/** Planes of a tensor with spatial axes, as pictures: every sample's channels, raw and after each method. */
export function ContactSheet({ report, kept, keep }: ContactSheetProps) {
  const [state, setState] = useState(kept ?? closed);
  const reading = useContext(ReadingContext);
  const axes = planeAxes(report.layout.roles, report.tensor.shape);
  const change = (part: Partial<KeptSheet>) => {
    setState({ ...state, ...part });
    keep({ ...state, ...part });
  };
  if (axes === null || reading === null || report.progress < 1 || report.views.length === 0) return null;
  return (
    <details class="contactSheet" open={state.open} onToggle={({ currentTarget: { open } }) => open !== state.open && change({ open })}>
      <summary>5 · Planes of every sample and channel</summary>
      {state.open && <OpenSheet key={`${report.tensor.index} ${report.layout.roles} ${report.tensor.shape.join()}`} report={report} axes={axes} reading={reading} state={state} change={change} />}
    </details>
  );
}

interface OpenSheetProps {
  readonly report: Report;
  readonly axes: PlaneAxes;
  readonly reading: Reading;
  readonly state: KeptSheet;
  change(part: Partial<KeptSheet>): void;
}

function OpenSheet({ report, axes, reading, state, change }: OpenSheetProps) {
  const { shape } = report.tensor;
  const [tall, wide, deep] = [axes.down, axes.along, axes.depth ?? -1].map((axis) => shape[axis] ?? 1) as [number, number, number];
  const [slice, setSlice] = useState(Math.floor(deep / 2));
  const [from, setFrom] = useState(0);
  const { width, height, perPixel } = planeSize(tall, wide);
  const store = useMemo(() => planeStore(report, axes, perPixel, reading), [report, perPixel, reading, axes.down, axes.along]);
  const isColoured = state.colours && axes.colours !== null;
  const over = isColoured ? axes.over.filter((axis) => axis !== axes.colours) : axes.over;
  const [first, ...inner] = over;
  // Of a tensor of one plane there is nothing to begin with.
  const perFirst = elementCount(inner.map((axis) => shape[axis] ?? 1));
  const firsts = first === undefined ? 1 : shape[first] ?? 1;
  const start = Math.min(from, firsts - 1);
  const all = firsts * perFirst;
  const count = Math.min(mostPlanes, (firsts - start) * perFirst);
  const views = state.view === null ? report.views : report.views.filter(({ id }) => id === state.view);
  const shown = views.length === 0 ? report.views : views;
  const nameOfFirst = first === undefined ? '' : report.layout.roles[first] ?? '';
  return (
    <>
      <div class="options">
        <label>
          show{' '}
          <select value={state.view ?? ''} onChange={({ currentTarget: { value } }) => change({ view: report.views.find(({ id }) => id === value)?.id ?? null })}>
            <option value="">raw and after each method</option>
            {report.views.map(({ id }) => <option key={id} value={id}>{viewName(id)}</option>)}
          </select>
        </label>
        <label>
          scale{' '}
          <select value={state.own ? 'own' : 'one'} onChange={({ currentTarget: { value } }) => change({ own: value === 'own' })}>
            <option value="one">one for all</option>
            <option value="own">one for each plane</option>
          </select>
        </label>
        {axes.colours !== null && (
          <label class="check"><input type="checkbox" checked={state.colours} onChange={() => change({ colours: !state.colours })} /> as pictures: channels 0, 1, 2 as red, green, blue</label>
        )}
        {axes.depth !== null && deep > 1 && (
          <label>
            {`slice ${formatCount(slice)} of ${formatCount(deep)} along D `}
            <input type="range" min={0} max={deep - 1} value={slice} aria-valuetext={`slice ${slice} of ${deep}`} onInput={({ currentTarget }) => setSlice(currentTarget.valueAsNumber)} />
          </label>
        )}
        {all > mostPlanes && (
          <label>
            {`from ${nameOfFirst} `}
            <input type="number" min={0} max={firsts - 1} value={start} onChange={({ currentTarget: { valueAsNumber } }) => Number.isInteger(valueAsNumber) && setFrom(Math.max(0, Math.min(firsts - 1, valueAsNumber)))} />
          </label>
        )}
      </div>
      <p class="legend">
        {shown.length > 1 && <span>Of each plane, from the left:</span>}
        {shown.length > 1 && shown.map(({ id }) => <span key={id} class={`view method-${id}`}><i class="swatch" />{viewName(id)}</span>)}
        <span class="qualifier">
          {count < all ? `The first ${formatCount(count)} of ${formatCount(all)} planes. ` : ''}
          {`${formatCount(tall)} × ${formatCount(wide)} each${perPixel > 1 ? `; a pixel is the mean of up to ${perPixel} × ${perPixel} values` : ''}.`}
        </span>
      </p>
      <Sheet
        report={report}
        axes={axes}
        store={store}
        over={over}
        offset={start * perFirst}
        count={count}
        slice={axes.depth === null ? null : slice}
        views={shown}
        own={state.own}
        colours={isColoured ? axes.colours : null}
        size={{ width, height }}
        label={`${counted(count, 'plane')} of ${formatCount(tall)} by ${formatCount(wide)}`}
      />
    </>
  );
}
