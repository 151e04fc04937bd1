import { useCallback, useMemo, useRef, useState } from 'preact/hooks';
import { panned, whole, zoomed, type Zoom } from '../charts/zoom';

/** What a plot does of its gestures and keys. Places and distances are shares of the plot's width and height. */
export interface Zooming {
  readonly zoom: Zoom;
  by(factor: number, at: { readonly x: number; readonly y: number }): void;
  pan(by: { readonly x: number; readonly y: number }): void;
  reset(): void;
}

/** One zoom for several pictures of the same tensor. @param of what they are of: the zoom is that of another's no more */
export function useZoom(of: string): Zooming {
  const [kept, setKept] = useState<{ readonly of: string; readonly zoom: Zoom }>({ of, zoom: whole });
  const zoom = kept.of === of ? kept.zoom : whole;
  // Gestures come faster than renderings: each builds on the one before it.
  const latest = useRef(zoom);
  latest.current = zoom;
  const set = useCallback(
    (next: Zoom) => {
      latest.current = next;
      setKept({ of, zoom: next });
    },
    [of],
  );
  return useMemo(
    () => ({
      zoom,
      by: (factor, at) => set(zoomed(latest.current, factor, at)),
      pan: (by) => set(panned(latest.current, by)),
      reset: () => set(whole),
    }),
    [zoom, set],
  );
}
