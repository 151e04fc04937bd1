import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EditorState } from '../../../src/protocol/messages';
import { firstPlace, type KeptPlace, type Place } from './place';
import { Table } from './table';

interface NumbersProps {
  readonly state: EditorState;
  /** As it was kept when the page was last there. */
  readonly kept: KeptPlace | undefined;
  keep(kept: KeptPlace): void;
}

/** The tensor's elements as numbers, opened and closed by the key `n`. */
export function Numbers({ state, kept, keep }: NumbersProps) {
  const { catalog, tensor, report, fileName } = state;
  const info = catalog?.tensors[tensor];
  const section = useRef<HTMLElement>(null);
  const [open, setOpen] = useState(kept?.open === true);
  const [byKey, setByKey] = useState(false);
  const [place, setPlace] = useState<Place | null>(null);
  const shape = info?.shape ?? [];
  // Of another tensor, or of a file that has changed its shape, a place says nothing.
  const isKept = kept?.tensor === tensor && kept.shape.join() === shape.join();
  const [of, setOf] = useState('');
  const identity = `${tensor} ${shape.join()}`;
  if (of !== identity) {
    setOf(identity);
    setPlace(isKept ? kept.place : null);
  }
  const shown = place ?? firstPlace(shape);
  const show = (next: { readonly open?: boolean; readonly place?: Place }) => {
    setOpen(next.open ?? open);
    setPlace(next.place ?? place);
    keep({ open: next.open ?? open, tensor, shape, place: next.place ?? place });
  };

  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const writing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== 'n' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      setByKey(!open);
      show({ open: !open });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  useLayoutEffect(() => {
    if (!byKey) return;
    setByKey(false);
    section.current?.scrollIntoView({ block: 'nearest' });
    section.current?.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
  }, [byKey]);

  if (info?.status !== 'readable' || info.dtype === null) return null;
  return (
    <section class="numbers" aria-label="Numbers" ref={section}>
      <h2>
        <button class="disclosure" aria-expanded={open} aria-keyshortcuts="n" onClick={() => show({ open: !open })}>
          <i class="twistie" aria-hidden="true">{open ? '▾' : '▸'}</i>Numbers
        </button>
        <span class="qualifier">every element, by any two axes; key n</span>
      </h2>
      {open && of === identity && (
        <Table
          // What was read of the file as it was is not shown of the file as it is.
          key={`${identity} ${catalogNumber(catalog)}`}
          info={{ ...info, dtype: info.dtype }}
          tensor={tensor}
          name={info.name === '' ? fileName : info.name}
          roles={report?.layout.roles ?? ''}
          place={shown}
          setPlace={(next) => show({ place: next })}
        />
      )}
    </section>
  );
}

const numbered = new WeakMap<object, number>();
let lastNumber = 0;

/** One number for each catalog that the host has sent: a file that is read again has another. */
function catalogNumber(catalog: object | null): number {
  if (catalog === null) return 0;
  const known = numbered.get(catalog) ?? ++lastNumber;
  numbered.set(catalog, known);
  return known;
}
