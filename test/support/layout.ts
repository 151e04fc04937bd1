/** CSS pixels: the narrowest place that a page has, and a wide one. */
export const widths = [400, 1600] as const;
/** CSS pixels. */
export const smallestText = 11;
export const noFaults = { wider: 0, small: [], overlapping: [], cut: [], faint: [] };

/** What is wrong with how a page lies in its place, each as a sentence of the test's own. */
export interface LayoutFaults {
  /** CSS pixels by which the page is wider than its place. */
  readonly wider: number;
  /** Text smaller than may be read. */
  readonly small: readonly string[];
  /** Two texts over each other. */
  readonly overlapping: readonly string[];
  /** Text that its box, its drawing or the page's edge cuts off. */
  readonly cut: readonly string[];
  /** Text with too little contrast to what is painted behind it. */
  readonly faint: readonly string[];
  /** Pictures without a pixel; of WebGPU's nothing can be told. */
  readonly blank: readonly string[];
}

/**
 * Measures a document as it is shown now. It is sent into the browser, so that it may use nothing from outside of itself.
 * @param smallest CSS pixels of text
 */
export function measureLayout(smallest: number): LayoutFaults & { readonly canvases: number } {
  const root = document.documentElement;
  /** Rounding of places that are not whole pixels. */
  const slack = 1.5;
  /** Of WCAG 2.2 AA for text. */
  const leastContrast = 4.5;
  /** Of marks, which say nothing that the words beside them do not. */
  const leastOfMarks = 3;
  const shown = (element: Element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const named = (element: Element) => {
    const place = element.closest('[data-panel]')?.getAttribute('data-panel') ?? element.closest('section, header, footer, figure')?.getAttribute('class') ?? '';
    return `${place} ${element.localName}.${element.getAttribute('class') ?? ''} "${(element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 60)}"`;
  };
  const texts = [...document.querySelectorAll('body *')].flatMap((element) => {
    if (element.closest('option, script, style') !== null || !shown(element)) return [];
    return [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '')
      .map((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return { element, boxes: [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0) };
      });
  });

  /** What a scrolled part shows is not cut off: a person scrolls there. */
  const scrolled = (element: Element): boolean => {
    for (let at: Element | null = element; at !== null && at !== root; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at);
      if (overflowX === 'auto' || overflowX === 'scroll' || overflowY === 'auto' || overflowY === 'scroll') return true;
    }
    return false;
  };
  const cut: string[] = [];
  for (const { element, boxes } of texts) {
    if (scrolled(element)) continue;
    for (let at: Element | null = element; at !== null && at !== root; at = at.parentElement) {
      const { overflow, overflowX, overflowY } = getComputedStyle(at);
      const clips = at.localName === 'svg' ? overflow !== 'visible' : overflowX !== 'visible' || overflowY !== 'visible';
      if (!clips && at !== element.closest('main')) continue;
      const { left, right, top, bottom } = at.getBoundingClientRect();
      if (boxes.some((box) => box.left < left - slack || box.right > right + slack || (clips && (box.top < top - slack * 2 || box.bottom > bottom + slack * 2)))) {
        cut.push(`${named(element)} by ${named(at).slice(0, 40)}`);
        break;
      }
    }
  }

  const overlapping: string[] = [];
  const lines = texts.filter(({ element }) => !scrolled(element)).flatMap(({ element, boxes }) => boxes.map((box) => ({ element, box })));
  lines.sort((a, b) => a.box.top - b.box.top);
  lines.forEach((one, at) => {
    for (let next = at + 1; next < lines.length; next++) {
      const other = lines[next];
      if (other === undefined || other.box.top > one.box.bottom - 3) break;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      // Boxes of lines that follow each other may touch: their glyphs do not.
      if (across > slack && down > 0.35 * Math.min(one.box.height, other.box.height)) overlapping.push(`${named(one.element)} over ${named(other.element)}`);
    }
  });

  const rgba = (colour: string): readonly number[] => {
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (context === null) return [0, 0, 0, 255];
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const known = new Map<string, readonly number[]>();
  const colourOf = (colour: string): readonly number[] => {
    const found = known.get(colour) ?? rgba(colour);
    known.set(colour, found);
    return found;
  };
  const over = (top: readonly number[], below: readonly number[]) => {
    const share = (top[3] ?? 255) / 255;
    return [0, 1, 2].map((at) => (top[at] ?? 0) * share + (below[at] ?? 0) * (1 - share));
  };
  const luminance = (colour: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = over(colourOf(getComputedStyle(root).getPropertyValue('--vscode-editor-background') || '#fff'), [255, 255, 255]);
  const faint = texts.flatMap(({ element, boxes }) => {
    if (boxes.length === 0 || element.closest(':disabled, .plot') !== null) return [];
    const layers: (readonly number[])[] = [];
    let opacity = 1;
    for (let at: Element | null = element; at !== null && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      layers.unshift(colourOf(style.backgroundColor));
      opacity *= Number(style.opacity);
    }
    const behind = layers.reduce((below, layer) => over(layer, below), page);
    const { fill, color } = getComputedStyle(element);
    const paint = colourOf(element instanceof SVGElement ? fill : color);
    const text = over([...paint.slice(0, 3), (paint[3] ?? 255) * opacity], behind);
    const [dark = 0, light = 0] = [luminance(text), luminance(behind)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    return contrast < (element.matches('.mark') ? leastOfMarks : leastContrast) ? [`${contrast.toFixed(2)}: ${named(element)}`] : [];
  });

  const canvases = [...document.querySelectorAll('canvas')];
  const blank = canvases.filter((canvas) => {
    const copy = new OffscreenCanvas(64, 64);
    const context = copy.getContext('2d');
    if (context === null || canvas.width === 0) return true;
    context.drawImage(canvas, 0, 0, 64, 64);
    return !context.getImageData(0, 0, 64, 64).data.some((value, at) => at % 4 === 3 && value > 0);
  });
  return {
    wider: root.scrollWidth - root.clientWidth,
    small: texts.filter(({ element }) => parseFloat(getComputedStyle(element).fontSize) < smallest).map(({ element }) => named(element)),
    overlapping,
    cut,
    faint,
    blank: blank.map((canvas) => canvas.closest('[aria-label]')?.getAttribute('aria-label') ?? 'a picture'),
    canvases: canvases.length,
  };
}
