import { shapesOf } from '../charts/svg';
import { createCanvasRenderer } from '../gpu/canvasRenderer';
import type { Layer, Rgba } from '../gpu/renderer';

/** A plot as it stands on the page, and what is written around it. */
export interface Pictured {
  /** The plot's element: its size, and the ticks and labels over it. */
  readonly plot: HTMLElement;
  readonly title: string;
  readonly caption: string;
  /** Layers of the plot at a resolution. */
  layers(size: { readonly width: number; readonly height: number; readonly dpr: number }): readonly Layer[];
  readonly background: Rgba;
}

/** Pixels of a picture to one of the screen's CSS pixels. */
const sharpness = 2;
const namespace = 'http://www.w3.org/2000/svg';
/** CSS pixels. */
const margin = 12;
const lineHeight = 15;
const fontSize = 11;

/** The plot as an SVG document, with its axes, title and caption. For plots of bars and lines alone. */
export function svgOf(pictured: Pictured): string {
  const { svg, at, size, width, height } = frameOf(pictured);
  svg.prepend(element('rect', { width, height, fill: colourText(pictured.background) }));
  const group = element('g', { transform: `translate(${at.x} ${at.y})` });
  for (const { name, attributes } of shapesOf(pictured.layers({ ...size, dpr: 1 }), 1)) group.append(element(name, attributes));
  svg.querySelector('[data-plot]')?.replaceWith(group);
  return new XMLSerializer().serializeToString(svg);
}

/** The plot as a PNG at twice the screen's resolution, with its axes, title and caption. */
export async function pngOf(pictured: Pictured): Promise<Uint8Array> {
  const { svg, at, size, width, height } = frameOf(pictured);
  const canvas = document.createElement('canvas');
  canvas.width = width * sharpness;
  canvas.height = height * sharpness;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The canvas gives no 2D context.');
  // Canvas 2D whatever the page is drawn with: both give the same picture, and this one can be read back at once.
  const drawn = document.createElement('canvas');
  const layers = pictured.layers({ ...size, dpr: sharpness });
  createCanvasRenderer('export').surface(drawn).draw({ width: size.width * sharpness, height: size.height * sharpness, background: null, layers });
  const words = new Image();
  words.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await words.decode();
  context.fillStyle = colourText(pictured.background);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(drawn, at.x * sharpness, at.y * sharpness);
  context.drawImage(words, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The picture cannot be encoded.');
  return new Uint8Array(await blob.arrayBuffer());
}

/** Everything but the plot's own layers, which belong where `[data-plot]` is. */
function frameOf({ plot, title, caption }: Pictured) {
  const size = { width: plot.clientWidth, height: plot.clientHeight };
  const style = getComputedStyle(plot);
  const width = size.width + 2 * margin;
  const titles = wrapped(title, size.width, style.fontFamily);
  const captions = wrapped(caption, size.width, style.fontFamily);
  const at = { x: margin, y: margin + titles.length * lineHeight + 4 };
  const height = at.y + size.height + 6 + captions.length * lineHeight + margin;
  const svg = element('svg', { xmlns: namespace, width, height, viewBox: `0 0 ${width} ${height}` });
  const words = element('g', { 'font-family': style.fontFamily, 'font-size': fontSize, fill: style.color });
  const write = (line: string, y: number, attributes: Record<string, string> = {}) => words.append(element('text', { x: margin, y, ...attributes }, line));
  titles.forEach((line, index) => write(line, margin + (index + 0.75) * lineHeight, { 'font-weight': '600' }));
  captions.forEach((line, index) => write(line, at.y + size.height + 6 + (index + 0.75) * lineHeight));
  const over = element('g', { transform: `translate(${at.x} ${at.y})` });
  for (const overlay of plot.querySelectorAll('svg.overlay, svg.picture')) for (const child of overlay.children) over.append(styled(child));
  for (const label of plot.querySelectorAll<HTMLElement>(':scope > span')) over.append(labelOf(label, plot));
  svg.append(element('g', { 'data-plot': '' }), over, words);
  return { svg, at, size, width, height };
}

/** A copy that looks the same without the page's style sheet. */
function styled(source: Element): Element {
  const copy = source.cloneNode(false) as Element;
  const { fill, stroke, strokeWidth, strokeDasharray, fontFamily, fontSize: size } = getComputedStyle(source);
  const looks = source.localName === 'text' ? { fill, 'font-family': fontFamily, 'font-size': size } : { fill, stroke, 'stroke-width': strokeWidth, 'stroke-dasharray': strokeDasharray };
  if (source.localName !== 'g') for (const [name, value] of Object.entries(looks)) copy.setAttribute(name, value);
  copy.removeAttribute('class');
  copy.removeAttribute('style');
  for (const child of source.childNodes) copy.append(child instanceof Element ? styled(child) : child.cloneNode(true));
  return copy;
}

/** Words that stand over a plot as HTML. */
function labelOf(label: HTMLElement, plot: HTMLElement): Element {
  const [box, frame] = [label.getBoundingClientRect(), plot.getBoundingClientRect()];
  const { color, fontFamily, fontSize: size } = getComputedStyle(label);
  return element('text', { x: box.left - frame.left, y: box.top - frame.top + box.height * 0.75, fill: color, 'font-family': fontFamily, 'font-size': size }, label.textContent);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): Element {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) if (key !== 'xmlns') made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** Lines that fit, broken at spaces. */
function wrapped(text: string, width: number, family: string): string[] {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null || text === '') return text === '' ? [] : [text];
  context.font = `600 ${fontSize}px ${family}`;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function colourText([red, green, blue, alpha]: Rgba): string {
  return `rgba(${Math.round(red * 255)}, ${Math.round(green * 255)}, ${Math.round(blue * 255)}, ${alpha})`;
}
