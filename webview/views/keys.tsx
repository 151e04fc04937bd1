import { useLayoutEffect, useRef } from 'preact/hooks';
import { normalization } from '../../src/core/engine/normalizations/registry';
import { methodKeys } from './methodChips';

const keys: readonly (readonly [keys: string, does: string])[] = [
  ...Object.entries(methodKeys).map(([key, id]) => [key, `shows or hides ${normalization(id).label}`] as const),
  ['y', 'counts on a log scale'],
  ['c', 'copies the statistics as JSON'],
  ['5', 'every channel’s or sample’s distribution'],
  ['Backspace', 'back to the list of the file’s tensors'],
  ['← → ↑ ↓', 'move the cursor of the focused picture'],
  ['Enter', 'pins the cursor, and what it lights up; Escape lets it go'],
  ['t', 'the focused picture’s numbers as a table'],
  ['e', 'exports the focused picture'],
  ['← → ↑ ↓', 'in the sheet of planes, go from plane to plane; t and e as above'],
  ['+ − 0', 'zoom the focused heatmap, and back to all of it'],
  ['Shift and arrows', 'move what is shown of it'],
  ['?', 'this list'],
];

/** The page's keys, behind `?` and a button. */
export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const toggle = () => {
    const element = dialog.current;
    if (element?.open === true) element.close();
    else element?.showModal();
  };
  useLayoutEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      const writing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (key === '?' && !writing && !ctrlKey && !metaKey && !altKey) toggle();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button class="link" onClick={toggle}>Keys</button>
      <dialog ref={dialog} class="keys" aria-label="Keys">
        <dl>
          {keys.map(([key, does]) => (
            <div key={key}>
              <dt><kbd>{key}</kbd></dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <button onClick={toggle}>Close</button>
      </dialog>
    </>
  );
}
