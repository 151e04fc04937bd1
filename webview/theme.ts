import { signal, type ReadonlySignal } from '@preact/signals';
import type { MethodId } from '../src/core/engine/normalizations/normalization';
import { divergingMap, parseColour } from './charts/colours';
import type { HeatmapColours, Rgba } from './gpu/renderer';

/** The editor's colours as the renderers take them. Words take them from the style sheet. */
export interface Theme {
  readonly foreground: Rgba;
  readonly background: Rgba;
  readonly dimmed: Rgba;
  /** Areas that an outline in the foreground's colour is seen on. */
  readonly area: Rgba;
  /** One colour per method, everywhere the same. */
  readonly methods: Readonly<Record<'raw' | MethodId, Rgba>>;
  /** 256 RGBA entries, the middle one is zero and recedes into the background. */
  readonly diverging: Uint8Array;
  readonly heatmap: HeatmapColours;
}

/** Names of the theme's variables, and what stands in for one that a theme leaves out. */
const variables = {
  foreground: ['--vscode-foreground', '#888888'],
  background: ['--vscode-editor-background', '#1e1e1e'],
  dimmed: ['--vscode-descriptionForeground', '#888888'],
  layer: ['--vscode-charts-blue', '#3794ff'],
  batch: ['--vscode-charts-orange', '#d18616'],
  rms: ['--vscode-charts-purple', '#b180d7'],
  group: ['--vscode-charts-green', '#89d185'],
  instance: ['--vscode-charts-yellow', '#cca700'],
} as const;

/** NaN is magenta in every theme: no colour map has it. */
const magenta: Rgba = [1, 0, 1, 1];
const black: Rgba = [0, 0, 0, 1];
const white: Rgba = [1, 1, 1, 1];

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = ([name, otherwise]: readonly [string, string]): Rgba =>
    parseColour(style.getPropertyValue(name).trim()) ?? parseColour(otherwise) ?? black;
  // Some themes let a chart's colour shine through, which would leave bars on a dark page too dark to see.
  const opaque = (variable: readonly [string, string]): Rgba => {
    const [red, green, blue] = colour(variable);
    return [red, green, blue, 1];
  };
  const foreground = colour(variables.foreground);
  const background = colour(variables.background);
  return {
    foreground,
    background,
    dimmed: colour(variables.dimmed),
    area: between(background, foreground, 0.5),
    methods: {
      raw: foreground,
      layer: opaque(variables.layer),
      batch: opaque(variables.batch),
      rms: opaque(variables.rms),
      group: opaque(variables.group),
      instance: opaque(variables.instance),
    },
    diverging: divergingMap(background),
    heatmap: {
      nan: magenta,
      infinite: black,
      infiniteHatch: white,
      unseen: between(background, foreground, 0.15),
      unseenHatch: between(background, foreground, 0.35),
    },
  };
}

function between(from: Rgba, to: Rgba, share: number): Rgba {
  const part = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * share;
  return [part(0), part(1), part(2), 1];
}

/** The theme as it is now, and as it will be when the user changes it: VS Code rewrites the root's style and the body's class. */
export function followTheme(element: Element): ReadonlySignal<Theme> {
  const theme = signal(readTheme(element));
  const observer = new MutationObserver(() => (theme.value = readTheme(element)));
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  return theme;
}
