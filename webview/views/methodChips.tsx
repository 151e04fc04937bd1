import { normalizations } from '../../src/core/engine/normalizations/registry';
import type { MethodId } from '../../src/core/engine/normalizations/normalization';
import type { MethodReport, NotApplicable } from '../../src/core/analysis/report';

/** The key that shows or hides each method's column. */
export const methodKeys: Readonly<Record<string, MethodId>> = { l: 'layer', b: 'batch', r: 'rms', g: 'group', i: 'instance' };

interface MethodChipsProps {
  readonly shown: readonly MethodId[];
  readonly methods: readonly (MethodReport | NotApplicable)[];
  setShown(shown: MethodId[]): void;
}

/** Which methods have a column beside raw. One that does not apply says why and can't be chosen. */
export function MethodChips({ shown, methods, setShown }: MethodChipsProps) {
  return (
    <div class="methodChips" role="group" aria-label="Methods">
      {normalizations.map(({ id, label }) => {
        const report = methods.find((method) => method.id === id);
        const reason = report !== undefined && 'notApplicable' in report ? report.notApplicable : null;
        return (
          <button
            key={id}
            class={`chip method-${id}`}
            aria-pressed={shown.includes(id)}
            disabled={reason !== null && !shown.includes(id)}
            title={reason === null ? `${label} (key ${keyOf(id)})` : `${label} does not apply: ${reason}`}
            onClick={() => setShown(toggled(shown, id))}
          >
            <i class="swatch" />
            {label}
          </button>
        );
      })}
    </div>
  );
}

function keyOf(id: MethodId): string {
  return Object.keys(methodKeys).find((key) => methodKeys[key] === id) ?? '';
}

/** The shown methods with one more or one less, in the order in which all methods stand. */
export function toggled(shown: readonly MethodId[], id: MethodId): MethodId[] {
  const next = shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id];
  return normalizations.map((method) => method.id).filter((method) => next.includes(method));
}
