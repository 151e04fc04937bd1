import type { Report } from '../../src/core/analysis/report';
import { isApplicable } from '../../src/core/analysis/report';
import type { ViewOptions } from '../../src/protocol/messages';
import { EpsField } from './epsField';

interface OptionsProps {
  readonly report: Report;
  readonly options: ViewOptions;
  setOptions(options: ViewOptions): void;
}

/** What the normalizations are computed with. An empty field stands for the default, which is shown in it. */
export function Options({ report, options, setOptions }: OptionsProps) {
  const group = report.methods.find(({ id }) => id === 'group');
  const numGroups = group !== undefined && isApplicable(group) ? group.numGroups : undefined;
  // A number that was given stays in sight: it may be what the channels of another layout cannot be divided by.
  const grouped = options.numGroups !== undefined || (numGroups !== undefined && options.views.includes('group'));
  const rank = report.tensor.shape.length;
  return (
    <div class="options" role="group" aria-label="Options">
      <EpsField report={report} eps={options.eps} setEps={(eps) => setOptions({ ...options, eps })} numberIn={numberIn} />
      <label>
        normalized_shape
        <select
          value={options.normalizedAxes ?? options.normalizedDims ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setOptions({
              ...options,
              normalizedAxes: value === 'C' ? value : undefined,
              normalizedDims: value === '' || value === 'C' ? undefined : Number(value),
            })
          }
        >
          <option value="">from C on</option>
          {(options.normalizedAxes !== undefined || /C[TDHW]/.test(report.layout.roles)) && <option value="C">C alone</option>}
          {report.tensor.shape.map((_, axis) => {
            const sizes = report.tensor.shape.slice(rank - axis - 1);
            return <option key={axis} value={axis + 1}>{`(${sizes.join(', ')})`}</option>;
          })}
        </select>
      </label>
      {grouped && (
        <label>
          groups
          <input
            class="number"
            type="text"
            inputMode="numeric"
            size={4}
            placeholder={String(numGroups ?? '')}
            value={options.numGroups ?? ''}
            onChange={({ currentTarget }) =>
              setOptions({ ...options, numGroups: numberIn(currentTarget, (value) => Number.isSafeInteger(value) && value >= 1) })
            }
          />
        </label>
      )}
      {(report.layout.roles.includes('T') || options.mask !== undefined) && (
        <label title="Positions at the end of T all of whose elements have this value are left out of all statistics">
          pad value
          <input
            class="number"
            type="text"
            inputMode="decimal"
            size={5}
            placeholder="none"
            value={options.mask?.kind === 'pad-value' ? options.mask.value : ''}
            onChange={({ currentTarget }) => {
              const value = numberIn(currentTarget, () => true);
              setOptions({ ...options, mask: value === undefined ? undefined : { kind: 'pad-value', value } });
            }}
          />
        </label>
      )}
      <span class="qualifier">eps {report.epsSource}</span>
    </div>
  );
}

/** The number in a field, undefined for an empty one and for what is none: that one is cleared. */
function numberIn(input: HTMLInputElement, valid: (value: number) => boolean): number | undefined {
  const text = input.value.trim();
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && valid(value)) return value;
  input.value = '';
  return undefined;
}
