import type { Report } from '../../src/core/analysis/report';
import { isApplicable } from '../../src/core/analysis/report';
import { useInterim } from './interim';

interface EpsFieldProps {
  readonly report: Report;
  /** Undefined: the default. */
  readonly eps: number | undefined;
  setEps(eps: number | undefined): void;
  /** The number in a field, undefined for none. */
  numberIn(input: HTMLInputElement, valid: (value: number) => boolean): number | undefined;
}

/** Powers of ten that the slider reaches at least; farther up where a variance is larger. */
const least = -12;
const most = 0;
/** Of a power of ten; the numbers are those that engineers count by: 1, 1.3, 1.6, 2, 2.5 … */
const step = 0.1;

/** eps as a number and as a slider on a log scale: pictures follow while it is dragged, and are computed when it is let go. */
export function EpsField({ report, eps, setEps, numberIn }: EpsFieldProps) {
  const interim = useInterim();
  const followed = interim.eps.value;
  const shown = followed ?? report.eps;
  const set = (value: number | undefined) => {
    interim.follow(value ?? null);
    setEps(value);
  };
  return (
    <span class="epsField">
      <label>
        eps
        <input
          class="number"
          type="text"
          inputMode="decimal"
          size={7}
          placeholder={report.eps.toExponential()}
          value={followed ?? eps ?? ''}
          onChange={({ currentTarget }) => set(numberIn(currentTarget, (value) => value >= 0))}
        />
      </label>
      <input
        type="range"
        aria-label="eps, on a log scale"
        aria-valuetext={String(shown)}
        title="Drag: the pictures follow at once"
        min={least}
        max={highest(report)}
        step={step}
        value={shown > 0 ? Math.log10(shown) : least}
        onInput={({ currentTarget }) => interim.follow(epsAt(currentTarget))}
        onChange={({ currentTarget }) => set(epsAt(currentTarget))}
      />
    </span>
  );
}

function epsAt({ value }: HTMLInputElement): number {
  return Number((10 ** Number(value)).toPrecision(2));
}

/** Where eps is all that is left of the largest variance: ten times as large. */
function highest({ methods }: Report): number {
  const largest = methods.reduce((size, method) => Math.max(size, isApplicable(method) ? (method.variance ?? method.meanSquare)?.max ?? 0 : 0), 0);
  return largest > 0 ? Math.max(most, Math.ceil(Math.log10(largest)) + 1) : most;
}
