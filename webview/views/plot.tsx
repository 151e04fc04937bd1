import { effect, untracked } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import type { Layer, Renderer, Scene, Surface } from '../gpu/renderer';
import { useDrawing } from '../drawing';
import { isWhole } from '../charts/zoom';
import { PlotTable, type PlotNumbers } from './plotTable';
import type { Zooming } from './zooming';

/** Size of a plot in CSS pixels, and device pixels to one of them. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
}

interface Chart {
  readonly layers: readonly Layer[];
  /** How far an arrow key moves the cursor, in CSS pixels; absent: `keyStep`. */
  readonly step?: { readonly x: number; readonly y: number };
}

interface PlotProps<C extends Chart> {
  /** CSS pixels. */
  readonly height: number;
  /** What a screen reader says of the picture. */
  readonly label: string;
  /**
   * Layers are in device pixels. Called again when it is another function (keep it with `useCallback`), and when a signal that
   * it reads has changed: then the canvas alone is drawn anew.
   */
  draw(size: PlotSize): C;
  /** The place under the pointer or the keyboard's cursor, in CSS pixels from the top left; null when it has left. */
  onPoint?(chart: C, point: { readonly x: number; readonly y: number } | null): void;
  /** The cursor's place was clicked, or Enter pressed at it. */
  onPin?(): void;
  /** What wheel, pinch, drag, double click and the keys `+ - 0` do. A plain wheel scrolls the page unless the plot has the focus. */
  zooming?: Zooming;
  /** Changes when under a cursor that stays there may be something else. */
  revision?: number | undefined;
  /** What the key `t` shows below the picture. */
  numbers?(chart: C): PlotNumbers;
  /** HTML or SVG over the picture, in CSS pixels. */
  overlay?(chart: C, size: PlotSize): ComponentChildren;
}

/** How far outside of the window a picture is still kept ready, CSS pixels. */
const margin = 300;
/** How far an arrow key moves the cursor over a plot, in CSS pixels. */
const keyStep = { x: 4, y: 4 } as const;

/** Halvings of what is shown for each pixel that a wheel turns, and pixels to a line where it turns by lines. */
const wheelSpeed = 1 / 250;
const wheelLine = 16;
/** What a key zooms by; null: back to all. */
const zoomKeys: Readonly<Record<string, number | null>> = { '+': 2, '=': 2, '-': 1 / 2, '0': null };
/** Share of what is shown that an arrow key with Shift moves it by. */
const panStep = 1 / 4;

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * A picture as wide as its place. Its canvas exists only while it is near the window, so that a notebook of many outputs
 * gives back what a page can only have so many of.
 */
export function Plot<C extends Chart>(props: PlotProps<C>) {
  const { height, label, draw, onPoint, onPin, zooming, revision, numbers, overlay } = props;
  const { renderer } = useDrawing();
  const frame = useRef<HTMLDivElement>(null);
  const { width, visible, dpr } = useFrame(frame);
  const [cursor, setCursor] = useState<{ x: number; y: number } | null>(null);
  const [pinned, setPinned] = useState(false);
  const [tabled, setTabled] = useState(false);
  const size = useMemo(() => ({ width, height, dpr }), [width, height, dpr]);
  const settled = zooming?.settled.value;
  const isPart = settled !== undefined && !isWhole(settled);
  const chartNow = () => (width > 0 ? untracked(() => draw(size)) : null);
  const chart = useMemo(chartNow, [draw, size, settled, revision]);
  // Where the cursor is by the time that effects run.
  const place = useRef(cursor);
  // Under a cursor that stays, another cell has come by zooming.
  useEffect(() => {
    if (place.current !== null && chart !== null) onPoint?.(chart, place.current);
  }, [settled, revision]);
  const point = (to: { x: number; y: number } | null) => {
    place.current = to;
    setCursor(to);
    const now = zooming === undefined ? chart : chartNow();
    if (now !== null) onPoint?.(now, to);
  };
  const chosen = renderer.value;
  const dragged = useRef<{ x: number; y: number } | null>(null);
  const moved = useRef(false);
  /** A place in CSS pixels as shares of the plot. */
  const share = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: x / Math.max(1, width), y: y / height });
  const leave = () => {
    if (!pinned) point(null);
  };
  const letGo = () => {
    if (dragged.current === null) return;
    dragged.current = null;
    zooming?.rest();
  };
  const picture = (
    <div
      ref={frame}
      class={isPart ? 'plot zoomed' : 'plot'}
      role="img"
      aria-label={label}
      tabIndex={onPoint === undefined ? undefined : 0}
      style={{ height: `${height}px` }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const at = { x: event.clientX - box.left, y: event.clientY - box.top };
        const from = dragged.current;
        if (zooming !== undefined && from !== null) {
          dragged.current = at;
          moved.current = true;
          zooming.drag();
          return zooming.pan(share({ x: from.x - at.x, y: from.y - at.y }));
        }
        if (!pinned) point(at);
      }}
      onClick={() => !moved.current && onPin?.()}
      onPointerDown={(event) => {
        moved.current = false;
        if (zooming === undefined || isWhole(zooming.now.peek()) || event.button !== 0) return;
        const box = event.currentTarget.getBoundingClientRect();
        dragged.current = { x: event.clientX - box.left, y: event.clientY - box.top };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerUp={letGo}
      onLostPointerCapture={letGo}
      onDblClick={() => zooming?.reset()}
      onWheel={(event) => {
        if (zooming === undefined || !(event.ctrlKey || event.metaKey || event.currentTarget.matches(':focus'))) return;
        event.preventDefault();
        const box = event.currentTarget.getBoundingClientRect();
        zooming.drag();
        zooming.by(2 ** (-event.deltaY * (event.deltaMode === 1 ? wheelLine : 1) * wheelSpeed), share({ x: event.clientX - box.left, y: event.clientY - box.top }));
      }}
      onPointerLeave={leave}
      onBlur={leave}
      onKeyDown={(event) => {
        const key = zoomKeys[event.key];
        if (zooming !== undefined && key !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
          event.preventDefault();
          if (key === null) zooming.reset();
          else zooming.by(key, share(cursor ?? { x: width / 2, y: height / 2 }));
        }
        if (event.key === 't' && numbers !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) setTabled(!tabled);
        if (event.key === 'Enter' && cursor !== null) {
          setPinned(!pinned);
          onPin?.();
        }
        if (event.key === 'Escape' && pinned) {
          setPinned(false);
          point(null);
        }
        const direction = directions[event.key];
        if (direction === undefined || onPoint === undefined) return;
        event.preventDefault();
        const from = cursor ?? { x: width / 2, y: height / 2 };
        const [dx, dy] = direction;
        if (event.shiftKey && zooming !== undefined) return zooming.pan({ x: dx * panStep, y: dy * panStep });
        const step = chart?.step ?? keyStep;
        point({ x: within(from.x + dx * step.x, width), y: within(from.y + dy * step.y, height) });
      }}
    >
      {chosen !== null && chart !== null && visible && <Picture renderer={chosen} draw={draw} size={size} />}
      {chart !== null && overlay?.(chart, size)}
      {cursor !== null && onPoint !== undefined && <div class={pinned ? 'cursor pinned' : 'cursor'} style={{ left: `${cursor.x}px` }} />}
    </div>
  );
  return (
    <>
      {picture}
      {tabled && chart !== null && numbers !== undefined && <PlotTable label={label} {...numbers(chart)} />}
    </>
  );
}

function within(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, value));
}

interface PictureProps {
  readonly renderer: Renderer;
  draw(size: PlotSize): Chart;
  readonly size: PlotSize;
}

/** What is drawn, and nothing over it. */
export function Picture({ renderer, draw, size }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  const width = Math.round(size.width * size.dpr);
  const height = Math.round(size.height * size.dpr);
  useLayoutEffect(() => {
    if (canvas.current === null) return undefined;
    const made = renderer.surface(canvas.current);
    surface.current = made;
    return () => {
      surface.current = null;
      made.dispose();
    };
  }, [renderer]);
  useLayoutEffect(() => {
    let frame: number | null = null;
    let layers: readonly Layer[] = [];
    const show = () => {
      frame = null;
      const scene: Scene = { width, height, background: null, layers };
      surface.current?.draw(scene);
    };
    let isFirst = true;
    const end = effect(() => {
      ({ layers } = draw(size));
      // What comes by signals comes as often as gestures have events: one picture a frame is enough.
      if (isFirst) show();
      else frame ??= requestAnimationFrame(show);
      isFirst = false;
    });
    return () => {
      end();
      if (frame !== null) cancelAnimationFrame(frame);
    };
  }, [renderer, draw, size]);
  // The canvas's own size is the surface's to set.
  return <canvas ref={canvas} style={{ width: `${size.width}px`, height: `${size.height}px` }} />;
}

/** Width of the frame as it changes, whether it is near the window, and the screen's resolution. */
function useFrame(frame: RefObject<HTMLDivElement>) {
  const [width, setWidth] = useState(0);
  const [visible, setVisible] = useState(false);
  const [dpr, setDpr] = useState(window.devicePixelRatio);
  // Measured before the first frame: observers tell of it after that.
  useLayoutEffect(() => {
    if (frame.current === null) return;
    const { top, bottom } = frame.current.getBoundingClientRect();
    setWidth(Math.floor(frame.current.clientWidth));
    setVisible(bottom > -margin && top < window.innerHeight + margin);
  }, []);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => {
      setWidth(Math.floor(element.clientWidth));
      setDpr(window.devicePixelRatio);
    });
    const places = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting ?? false), { rootMargin: `${margin}px` });
    sizes.observe(element);
    places.observe(element);
    return () => {
      sizes.disconnect();
      places.disconnect();
    };
  }, []);
  return { width, visible, dpr };
}
