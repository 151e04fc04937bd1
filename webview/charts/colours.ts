import type { Rgba } from '../gpu/renderer';

/** A colour as a theme writes it: `#rgb`, `#rrggbb`, either with alpha, `rgb()` or `rgba()`. Null for anything else. */
export function parseColour(text: string): Rgba | null {
  return parseHex(text) ?? parseFunction(text);
}

function parseHex(text: string): Rgba | null {
  const digits = /^#([0-9a-f]{3,8})$/i.exec(text)?.[1];
  if (digits === undefined || digits.length === 5 || digits.length === 7) return null;
  const short = digits.length < 6;
  const parts = short ? [...digits].map((digit) => digit + digit) : (digits.match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0, alpha = 255] = parts.map((part) => parseInt(part, 16));
  return [red / 255, green / 255, blue / 255, alpha / 255];
}

function parseFunction(text: string): Rgba | null {
  const inside = /^rgba?\(([^)]*)\)$/i.exec(text)?.[1];
  if (inside === undefined) return null;
  const parts = inside.split(/[\s,/]+/).filter((part) => part !== '');
  const numbers = parts.map((part) => (part.endsWith('%') ? Number(part.slice(0, -1)) / 100 : Number(part)));
  const [red, green, blue, alpha = 1] = numbers;
  if (red === undefined || green === undefined || blue === undefined || numbers.length > 4 || numbers.some(Number.isNaN)) return null;
  const channel = (value: number, index: number) => (parts[index]?.endsWith('%') ? value : value / 255);
  return [channel(red, 0), channel(green, 1), channel(blue, 2), alpha];
}

/** How bright a colour looks, 0…1: lightness of OKLab. */
export function lightness(colour: Rgba): number {
  return toOklab(colour)[0];
}

/** Blue below zero and red above, told apart with every kind of colour blindness; ends go away from the background. */
const onLight = { below: ['#4393c3', '#053061'], above: ['#d6604d', '#67001f'] } as const;
const onDark = { below: ['#2f7fc1', '#bfe0ff'], above: ['#cf4f38', '#ffd9c2'] } as const;

/**
 * A diverging map whose middle is the background, so that zero recedes and what is far from it stands out.
 * @returns 256 RGBA entries, opaque, in steps that look even (OKLab)
 */
export function divergingMap(background: Rgba): Uint8Array {
  const ends = lightness(background) < 0.5 ? onDark : onLight;
  const colour = (text: string) => toOklab(parseHex(text) ?? background);
  const middle = toOklab(background);
  const stops = [colour(ends.below[1]), colour(ends.below[0]), middle, colour(ends.above[0]), colour(ends.above[1])];
  const map = new Uint8Array(256 * 4);
  for (let entry = 0; entry < 256; entry++) {
    const place = (entry / 255) * (stops.length - 1);
    const stop = Math.min(stops.length - 2, Math.floor(place));
    map.set(fromOklab(mix(stops[stop] ?? middle, stops[stop + 1] ?? middle, place - stop)), entry * 4);
  }
  return map;
}

type Triple = readonly [number, number, number];

function mix(a: Triple, b: Triple, share: number): Triple {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** sRGB to OKLab (Ottosson 2020). */
function toOklab([red, green, blue]: Rgba): Triple {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): [number, number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
    255,
  ];
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function byte(part: number): number {
  const encoded = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, encoded)));
}
