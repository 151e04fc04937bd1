import { Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { MethodPrecision, PrecisionReport } from '../../src/core/analysis/precision';
import type { Report } from '../../src/core/analysis/report';
import { breakText } from '../../src/core/diagnostics/breakText';
import type { Arithmetic } from '../../src/core/engine/arithmetic';
import { normalization } from '../../src/core/engine/normalizations/registry';
import { formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import type { Phase, ViewOptions } from '../../src/protocol/messages';

interface PrecisionProps {
  readonly report: Report;
  readonly phase: Phase;
  readonly options: ViewOptions;
  setOptions(options: ViewOptions): void;
  openRule(rule: string): void;
  /** Whether it was open when the page was last there. */
  readonly kept: boolean;
  keep(open: boolean): void;
}

const names: Readonly<Record<Arithmetic, string>> = {
  'float32-one-pass': 'float32, one pass',
  'float32-two-pass': 'float32, two passes',
  float16: 'float16',
  bfloat16: 'bfloat16',
  float8_e4m3fn: 'float8 E4M3',
  float8_e5m2: 'float8 E5M2',
};

/** Rules on what arithmetics of fewer digits do. */
const rules: readonly string[] = ['one-pass-variance', 'float16-cast', 'float16-square-overflow', 'float16-sum-overflow', 'float8-cast', 'eps-vanishes', 'storage-rounding'];

/** What arithmetics of fewer digits would make of the normalizations: asked for when it is opened, since it is two more reads. */
export function Precision({ report, phase, options, setOptions, openRule, kept, keep }: PrecisionProps) {
  const [isOpen, setOpen] = useState(kept);
  const missing = isOpen && options.precision !== true;
  useEffect(() => {
    if (missing) setOptions({ ...options, precision: true });
  }, [missing]);
  const found = report.findings.filter(({ rule }) => rules.includes(rule));
  const toggled = (open: boolean) => {
    setOpen(open);
    keep(open);
  };
  return (
    <details class="precision" open={isOpen} onToggle={({ currentTarget: { open } }) => open !== isOpen && toggled(open)}>
      <summary>5 · In float32, float16, bfloat16 and float8</summary>
      {isOpen &&
        (report.precision.length > 0 ? (
          <>
            {sentences(report, options.views).map((sentence) => <p key={sentence}>{sentence}</p>)}
            {found.length > 0 && <p>Found: {[...new Set(found.map(({ rule }) => rule))].map((rule) => <button key={rule} class="link" onClick={() => openRule(rule)}>{rule}</button>)}</p>}
            <Methods report={report} shown={options.views} />
            <Casts report={report} />
            <p class="qualifier">simulated: every operation is rounded to the format, to nearest, ties to even; sums one after the other in storage order. Errors are those against float64.</p>
          </>
        ) : (
          <p class="qualifier">{options.mask !== undefined ? 'Not computed: other arithmetics are simulated on whole tensors, without a mask.' : phase === 'computing' ? 'Computing' : 'Not computed'}</p>
        ))}
    </details>
  );
}

/** What breaks where, and what does not, of the methods that are shown. */
function sentences({ precision, tensor }: Report, shown: ViewOptions['views']): string[] {
  const all = precision.map(({ arithmetic, methods }) => ({ arithmetic, methods: methods.filter(({ id }) => shown.includes(id)) }));
  const broken = all.flatMap(({ arithmetic, methods }) => {
    const worst = methods.reduce<MethodPrecision | null>((most, method) => (method.broken > (most?.broken ?? 0) ? method : most), null);
    if (worst === null) return [];
    const first = worst.firstBreak === null ? '' : `; first, ${breakText(worst.firstBreak, tensor.shape)}`;
    return [`${names[arithmetic]}: ${normalization(worst.id).label} breaks in ${formatCount(worst.broken)} of ${formatCount(worst.groups)} groups${first}.`];
  });
  const whole = all.filter(({ methods }) => methods.every((method) => method.broken === 0)).map(({ arithmetic }) => names[arithmetic]);
  return [...broken, ...(whole.length === 0 ? [] : [`Every group has a finite mean and variance in ${whole.join('; ')}.`])];
}

/** A cell of an arithmetic and a normalization, four numbers each. */
function Methods({ report: { precision, tensor }, shown }: { readonly report: Report; readonly shown: ViewOptions['views'] }) {
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="Errors by arithmetic and normalization">
      <table class="numbers">
        <thead>
          <tr>{['', '', 'variance off by', 'output off by', 'broken groups', 'breaks first'].map((name, column) => <th key={column} scope="col" class={column === 5 ? 'word broken' : column === 0 ? 'beside' : ''}>{name}</th>)}</tr>
        </thead>
        <tbody>
          {precision.map(({ arithmetic, methods }) => {
            const rows = methods.filter(({ id }) => shown.includes(id));
            return (
              <Fragment key={arithmetic}>
                {/* Of a narrow page the name stands above its rows. */}
                <tr class="above"><th scope="rowgroup" colSpan={5} class="word">{names[arithmetic]}</th></tr>
                {rows.map(({ id, varianceError, varianceErrorGroup, outputError, broken, groups, firstBreak }, index) => (
                  <tr key={id}>
                    {index === 0 && <th scope="rowgroup" rowSpan={rows.length} class="word beside">{names[arithmetic]}</th>}
                    <td class="word">{normalization(id).label}</td>
                    <td title={varianceErrorGroup === null ? '' : `${varianceError}, group ${varianceErrorGroup}`}>{varianceError === null ? 'none finite' : varianceError === 0 ? '0' : formatPercent(varianceError)}</td>
                    <td title={String(outputError)}>{outputError === null ? 'none finite' : `${formatNumber(outputError, 2)}\u202fσ`}</td>
                    <td class={broken > 0 ? 'bad' : ''}>{broken === 0 ? '0' : `${formatCount(broken)} of ${formatCount(groups)}`}</td>
                    <td class="word broken">{firstBreak === null ? '' : breakText(firstBreak, tensor.shape)}</td>
                  </tr>
                ))}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What the elements lose by being held in a format. */
function Casts({ report: { precision, eps } }: { readonly report: Report }) {
  const share = ({ cast }: PrecisionReport, count: number) => (count === 0 ? '0' : formatPercent(count / cast.elements));
  // What float32 holds is the same however it is summed.
  const shown = precision.filter(({ arithmetic }) => arithmetic !== 'float32-two-pass');
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="Elements by arithmetic">
      <table class="numbers">
        <thead>
          <tr>{['elements', 'overflow', 'become 0', 'subnormal', `eps ${formatNumber(eps)}`].map((name) => <th key={name} scope="col" class={name === 'elements' || name.startsWith('eps') ? 'word' : ''}>{name}</th>)}</tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.arithmetic}>
              <th scope="row" class="word">{names[one.arithmetic].replace(/,.*/, '')}</th>
              {[one.cast.overflow, one.cast.underflow, one.cast.subnormal].map((count, column) => <td key={column} title={String(count)}>{share(one, count)}</td>)}
              <td class="word">{one.epsFlushed ? 'becomes 0' : 'is held'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
