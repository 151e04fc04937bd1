import { signal, type ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { createRenderer, type Renderer } from './gpu/renderer';
import { followTheme, type Theme } from './theme';

/** What every picture of a page is drawn with: one renderer (and so one GPU device) and the theme. */
export interface Drawing {
  /** Null until one is found, and for a moment after a device was lost. */
  readonly renderer: ReadonlySignal<Renderer | null>;
  readonly theme: ReadonlySignal<Theme>;
}

/** A device that keeps being lost is not asked for again. */
const patience = 2;

/** @param onChosen hears which renderer draws, and why; again when a device was lost and another one took over */
export function createDrawing(element: Element, onChosen: (renderer: Renderer) => void): Drawing {
  const renderer = signal<Renderer | null>(null);
  const choose = async (losses: number, because: string): Promise<void> => {
    const chosen = await createRenderer(losses < patience ? {} : { force: 'canvas', because });
    renderer.value = chosen;
    onChosen(chosen);
    const reason = await chosen.lost;
    renderer.value = null;
    chosen.dispose();
    await choose(losses + 1, reason);
  };
  void choose(0, '');
  return { renderer, theme: followTheme(element) };
}

export const DrawingContext = createContext<Drawing | null>(null);

export function useDrawing(): Drawing {
  const drawing = useContext(DrawingContext);
  if (drawing === null) throw new Error('A picture stands outside of a page.');
  return drawing;
}
