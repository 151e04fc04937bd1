import type { BarsLayer, Layer, LineLayer, Rgba } from '../gpu/renderer';

/** An element with its attributes: strings that need no escaping, since they are numbers and colours. */
export interface SvgShape {
  readonly name: 'path';
  readonly attributes: Readonly<Record<string, string>>;
}

/** Whether a drawing is all bars and lines. Cells have no shapes: as many as there are, a picture of pixels is what they want. */
export function isVector(layers: readonly Layer[]): boolean {
  return layers.every(({ kind }) => kind !== 'heatmap');
}

/** Bars and lines as paths, in CSS pixels. @param dpr device pixels, which the layers are in, to one of them */
export function shapesOf(layers: readonly Layer[], dpr: number): SvgShape[] {
  return layers.flatMap((layer): SvgShape[] => (layer.kind === 'bars' ? [bars(layer, dpr)] : layer.kind === 'line' ? [line(layer, dpr)] : []));
}

function bars({ x0, y0, x1, y1, colour }: BarsLayer, dpr: number): SvgShape {
  const parts = Array.from(x0, (left, index) => {
    const [top, right, bottom] = [y0[index] ?? 0, x1[index] ?? 0, y1[index] ?? 0].map((value) => text(value / dpr));
    return `M${text(left / dpr)} ${top}H${right}V${bottom}H${text(left / dpr)}Z`;
  });
  return { name: 'path', attributes: { d: parts.join(''), ...paint('fill', colour) } };
}

function line({ x, y, width, colour }: LineLayer, dpr: number): SvgShape {
  const points = Array.from(x, (value, index) => `${index === 0 ? 'M' : 'L'}${text(value / dpr)} ${text((y[index] ?? 0) / dpr)}`);
  const stroke = { 'stroke-width': text(width / dpr), 'stroke-linejoin': 'round', 'stroke-linecap': 'round', fill: 'none' };
  return { name: 'path', attributes: { d: points.join(''), ...paint('stroke', colour), ...stroke } };
}

function paint(what: 'fill' | 'stroke', [red, green, blue, alpha]: Rgba): Record<string, string> {
  const bytes = [red, green, blue].map((part) => Math.round(part * 255));
  return { [what]: `rgb(${bytes.join(', ')})`, ...(alpha < 1 && { [`${what}-opacity`]: text(alpha) }) };
}

/** A hundredth of a pixel is not seen. */
function text(value: number): string {
  return String(Math.round(value * 100) / 100);
}
