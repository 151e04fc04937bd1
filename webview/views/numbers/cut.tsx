import { useState } from 'preact/hooks';
import { formatCount } from '../../../src/core/text/numbers';
import { example, outOfRange, parseIndex, withAxis, type Place } from './place';

interface CutProps {
  readonly shape: readonly number[];
  /** Letters of the axes; empty while they are not known. */
  readonly roles: string;
  readonly place: Place;
  setPlace(place: Place): void;
  /** One sentence on what was asked for and is not there; null takes it away. */
  say(sentence: string | null): void;
}

/** Which axis goes down and which along, where in the others the cut lies, and the way to an element by its index. */
export function Cut({ shape, roles, place, setPlace, say }: CutProps) {
  const { rowAxis, columnAxis, index } = place;
  const [wanted, setWanted] = useState('');
  const axes = shape.map((_, axis) => axis);
  const set = (next: Place) => {
    say(null);
    setPlace(next);
  };
  const options = axes.map((axis) => <option key={axis} value={axis}>{`${axisName(axis, roles)} (${formatCount(shape[axis] ?? 0)})`}</option>);
  const goTo = () => {
    const found = parseIndex(wanted, shape);
    if (typeof found === 'string') return say(found);
    set({ ...place, index: found, anchor: null });
  };
  return (
    <>
      {shape.length > 1 && (
        <>
          <label>
            Down <select value={rowAxis ?? ''} onChange={({ currentTarget }) => set(withAxis(place, 'row', Number(currentTarget.value)))}>{options}</select>
          </label>
          <label>
            Along{' '}
            <select value={columnAxis ?? ''} onChange={({ currentTarget }) => set(withAxis(place, 'column', currentTarget.value === '' ? null : Number(currentTarget.value)))}>
              {options}
              <option value="">none</option>
            </select>
          </label>
        </>
      )}
      {axes.filter((axis) => axis !== rowAxis && axis !== columnAxis).map((axis) => {
        const size = shape[axis] ?? 0;
        return (
          <label key={axis}>
            {axisName(axis, roles)}{' '}
            <input
              type="number"
              min={0}
              max={Math.max(0, size - 1)}
              step={1}
              value={index[axis]}
              onChange={({ currentTarget }) => {
                const at = currentTarget.valueAsNumber;
                if (Number.isInteger(at) && at >= 0 && at < size) return set({ ...place, index: index.map((old, other) => (other === axis ? at : old)) });
                say(outOfRange(axis, size, currentTarget.value));
                currentTarget.value = String(index[axis]);
              }}
            />{' '}
            <span class="qualifier">{`of ${formatCount(size)}`}</span>
          </label>
        );
      })}
      {shape.length > 0 && (
        <label>
          Go to{' '}
          <input
            type="text"
            class="goto"
            placeholder={example(shape)}
            value={wanted}
            onInput={({ currentTarget }) => setWanted(currentTarget.value)}
            onKeyDown={({ key }) => {
              if (key === 'Enter') goTo();
            }}
          />
        </label>
      )}
    </>
  );
}

export function axisName(axis: number, roles: string): string {
  const letter = roles[axis];
  return letter === undefined ? `axis ${axis}` : `axis ${axis} · ${letter}`;
}
