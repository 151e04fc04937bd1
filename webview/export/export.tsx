import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ExportKind } from '../../src/protocol/messages';
import { csvOf, type Numbers } from '../charts/numbers';
import { isVector } from '../charts/svg';
import { useDrawing } from '../drawing';
import type { Layer } from '../gpu/renderer';
import type { PlotSize } from '../views/plot';
import { ExportingContext, type Exporting } from './exporting';
import { pngOf, svgOf, type Pictured } from './picture';

interface ExportProps {
  /** Part of the file's name: `histogram-raw`. */
  readonly name: string;
  /** What stands under the exported picture. */
  readonly caption: string;
  /** As the plot's. */
  draw(size: PlotSize): { readonly layers: readonly Layer[] };
  numbers(): Numbers;
}

const labels: Readonly<Record<ExportKind, string>> = { png: 'PNG picture', svg: 'SVG drawing', csv: 'CSV of its numbers' };

/** Stands in a figure with one plot: a button that is seen with the pointer or the focus on it, and key `e` on the plot, open a menu. */
export function Export(props: ExportProps) {
  const exporting = useContext(ExportingContext);
  return exporting === null ? null : <ExportMenu {...props} exporting={exporting} />;
}

function ExportMenu({ name, caption, draw, numbers, exporting }: ExportProps & { readonly exporting: Exporting }) {
  const root = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const { theme } = useDrawing();
  const plotOf = () => root.current?.closest('figure')?.querySelector<HTMLElement>('.plot') ?? null;
  const pictured = (plot: HTMLElement): Pictured => ({
    plot,
    title: `${exporting.subject}: ${plot.getAttribute('aria-label') ?? ''}`,
    caption,
    layers: (size) => draw(size).layers,
    background: theme.value.background,
  });
  // Kept up to date, since a report is asked for at any time.
  useLayoutEffect(() => {
    const plot = plotOf();
    if (plot === null) return undefined;
    exporting.pictures.set(plot, { title: plot.getAttribute('aria-label') ?? '', png: () => pngOf(pictured(plot)) });
    return () => void exporting.pictures.delete(plot);
  });
  useEffect(() => {
    const plot = plotOf();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      setOpen(true);
    };
    plot?.addEventListener('keydown', onKey);
    return () => plot?.removeEventListener('keydown', onKey);
  }, []);
  // With the rendering: the next key may come before the painting, and is the menu's.
  useLayoutEffect(() => {
    if (open) root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, [open]);

  const save = async (kind: ExportKind) => {
    const plot = plotOf();
    if (plot === null) return;
    setOpen(false);
    plot.focus();
    const text = (content: string) => new TextEncoder().encode(content);
    const bytes = kind === 'png' ? await pngOf(pictured(plot)) : text(kind === 'svg' ? svgOf(pictured(plot)) : csvOf(numbers()));
    exporting.save(name, kind, bytes);
  };
  const copy = () => {
    setOpen(false);
    plotOf()?.focus();
    exporting.copy(csvOf(numbers()));
  };
  const kinds: readonly ExportKind[] = open && isVector(draw({ width: 10, height: 40, dpr: 1 }).layers) ? ['png', 'svg', 'csv'] : ['png', 'csv'];
  return (
    <div
      ref={root}
      class={`export ${open ? 'open' : ''}`}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false);
      }}
      onKeyDown={(event) => {
        if (!open) return;
        // Keys in the menu are the menu's: the page's own would show and hide methods.
        event.stopPropagation();
        if (event.key === 'Escape') {
          setOpen(false);
          plotOf()?.focus();
        } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
          event.preventDefault();
          const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')];
          const at = items.indexOf(document.activeElement as HTMLElement) + (event.key === 'ArrowDown' ? 1 : -1);
          items[(at + items.length) % items.length]?.focus();
        }
      }}
    >
      <button class="link" aria-haspopup="menu" aria-expanded={open} aria-label={`Export ${name.replaceAll('-', ' ')}`} title="Export (key e on the picture)" onClick={() => setOpen(!open)}>
        Export
      </button>
      {open && (
        <div role="menu" aria-label="Export as">
          {kinds.map((kind) => <button key={kind} role="menuitem" onClick={() => void save(kind)}>{labels[kind]}</button>)}
          <button role="menuitem" onClick={copy}>Copy its numbers</button>
        </div>
      )}
    </div>
  );
}
