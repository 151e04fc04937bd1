import { formatCount } from '../../src/core/text/numbers';
import { coordinatesAt, touches, type Place, type Sharing, type Span } from './groups';
import { spanOf } from './pictures';

/**
 * The tensor as a block, as Wu & He 2018 draw it (Group Normalization, figure 2): channels to the right, positions
 * down, samples receding; the elements that share one set of statistics stand out.
 */
export interface BlockPicture {
  readonly faces: readonly Face[];
  readonly labels: readonly Label[];
  /** What of the picture's width is used, in its own units: labels are as long as their sizes. */
  readonly box: { readonly left: number; readonly width: number };
}

export interface Face {
  /** `x,y x,y …` in the picture's own units. */
  readonly points: string;
  readonly side: 'front' | 'top' | 'side';
  readonly cell: BlockCell;
  readonly shared: boolean;
  /** Whether it is the cell of the element that is lit. */
  readonly here: boolean;
}

/** A cell of the picture, counted from the first sample, position and channel. */
export interface BlockCell {
  readonly sample: number;
  readonly position: number;
  readonly channel: number;
}

/** What stands out instead of a set that is only an example: an element, and the spans of what shares with it (none: nothing does). */
export interface Lit {
  readonly place: Place;
  readonly spans: readonly Span[] | null;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** In the picture's own units. */
export const blockHeight = 108;
/** As wide as a letter of a label is. */
const letterWidth = 6.7;

/** Cells along an axis, at most: enough to see one set among others. */
const most = { samples: 5, channels: 6, positions: 5 };
const front = { left: 56, top: 32, cell: 12 };
/** Where one sample further back stands. */
const receding = { x: 7, y: -5.5 };

/** Axes of a tensor by what they are in the picture. */
interface Axis {
  readonly roles: string;
  /** Of the tensor. */
  readonly axes: readonly number[];
  readonly size: number;
  readonly cells: number;
  /** Whether the cell at `index` belongs to the shared set. */
  has(index: number): boolean;
  /** Whether the lit element falls on it. */
  isHere(index: number): boolean;
}

/** @param lit what is shown in place of the first sample's and position's and the last channel's set */
export function blockPicture(shape: readonly number[], roles: string, sharing: Sharing | null, lit: Lit | null = null): BlockPicture {
  const axis = (kind: Kind, has: (cells: number, reduced: number, all: number) => (index: number) => boolean): Axis => {
    const { axes, size, cells } = sideOf(shape, roles, kind);
    const reduced = axes.filter((index) => sharing?.reducedAxes.includes(index)).length;
    const on = (spans: readonly Span[]) => (index: number) => touches(axes.map((at) => spans[at] as Span), ...spanOf(index, cells, size));
    const here = lit === null ? () => false : on(shape.map((of, at) => ({ size: of, first: lit.place[at] ?? 0, last: lit.place[at] ?? 0 })));
    const example = sharing === null ? () => false : has(cells, reduced, axes.length);
    return {
      roles: axes.map((index) => roles[index]).join('·'),
      axes,
      size,
      cells,
      has: lit === null ? example : lit.spans === null ? () => false : on(lit.spans),
      isHere: here,
    };
  };
  // The first sample and position, and the last channel, so that the set is on the sides that are seen.
  const firstOnly = (cells: number, reduced: number, all: number) => (index: number) =>
    reduced === all || (reduced > 0 ? index < Math.ceil(cells / 2) : index === 0);
  const samples = axis('samples', firstOnly);
  const positions = axis('positions', firstOnly);
  const channels = axis('channels', (cells, reduced) => (index) => {
    if (reduced === 0) return index === cells - 1;
    return index >= cells - Math.max(1, Math.round(cells / (sharing?.numGroups ?? 1)));
  });
  const labels = labelsOf(samples, channels, positions);
  return { faces: facesOf(samples, channels, positions), labels, box: boxOf(labels, samples, channels) };
}

type Kind = keyof typeof most;
const letters: Readonly<Record<Kind, string>> = { samples: 'N', positions: 'TDHW', channels: 'C' };

function sideOf(shape: readonly number[], roles: string, kind: Kind): Pick<Axis, 'axes' | 'size' | 'cells'> {
  const axes = [...roles].flatMap((role, index) => (letters[kind].includes(role) ? [index] : []));
  const size = axes.reduce((product, index) => product * (shape[index] ?? 1), 1);
  return { axes, size, cells: Math.max(1, Math.min(most[kind], size)) };
}

/** How many cells there are of each kind. */
export function blockCells(shape: readonly number[], roles: string): BlockCell {
  return { sample: sideOf(shape, roles, 'samples').cells, position: sideOf(shape, roles, 'positions').cells, channel: sideOf(shape, roles, 'channels').cells };
}

/** The first element that a cell stands for. */
export function placeOf(shape: readonly number[], roles: string, { sample, position, channel }: BlockCell): Place {
  const place = shape.map(() => 0);
  for (const [kind, cell] of [['samples', sample], ['positions', position], ['channels', channel]] as const) {
    const { axes, size, cells } = sideOf(shape, roles, kind);
    const found = coordinatesAt(axes.map((axis) => shape[axis] ?? 1), spanOf(cell, cells, size)[0]);
    axes.forEach((axis, index) => (place[axis] = found[index] ?? 0));
  }
  return place;
}

function facesOf(samples: Axis, channels: Axis, positions: Axis): Face[] {
  const at = (n: number, c: number, p: number): string => {
    const x = front.left + c * front.cell + n * receding.x;
    const y = front.top + p * front.cell + n * receding.y;
    return `${x},${y}`;
  };
  const face = (side: Face['side'], n: number, c: number, p: number, corners: readonly string[]): Face => ({
    side,
    cell: { sample: n, position: p, channel: c },
    shared: samples.has(n) && channels.has(c) && positions.has(p),
    here: samples.isHere(n) && channels.isHere(c) && positions.isHere(p),
    points: corners.join(' '),
  });
  const faces: Face[] = [];
  const last = channels.cells - 1;
  for (let n = samples.cells - 1; n >= 0; n--) {
    for (let c = 0; c <= last; c++) {
      faces.push(face('top', n, c, 0, [at(n, c, 0), at(n, c + 1, 0), at(n + 1, c + 1, 0), at(n + 1, c, 0)]));
    }
    for (let p = 0; p < positions.cells; p++) {
      faces.push(face('side', n, last, p, [at(n, last + 1, p), at(n + 1, last + 1, p), at(n + 1, last + 1, p + 1), at(n, last + 1, p + 1)]));
    }
  }
  for (let p = 0; p < positions.cells; p++) {
    for (let c = 0; c <= last; c++) {
      faces.push(face('front', 0, c, p, [at(0, c, p), at(0, c + 1, p), at(0, c + 1, p + 1), at(0, c, p + 1)]));
    }
  }
  return faces;
}

function labelsOf(samples: Axis, channels: Axis, positions: Axis): Label[] {
  const right = front.left + channels.cells * front.cell;
  const bottom = front.top + positions.cells * front.cell;
  const name = ({ roles, size }: Axis) => `${roles}\u202f${formatCount(size)}`;
  const labels: Label[] = [{ x: (front.left + right) / 2, y: bottom + 12, text: name(channels), anchor: 'middle' }];
  if (positions.roles !== '') labels.push({ x: front.left - 5, y: (front.top + bottom) / 2 + 3, text: name(positions), anchor: 'end' });
  if (samples.roles !== '') {
    labels.push({ x: right + (samples.cells / 2) * receding.x + 5, y: bottom + (samples.cells / 2) * receding.y + 7, text: name(samples), anchor: 'start' });
  }
  return channels.roles === '' ? labels.slice(1) : labels;
}

/** The block and all of its labels. */
function boxOf(labels: readonly Label[], samples: Axis, channels: Axis): BlockPicture['box'] {
  const ends = labels.map(({ x, text, anchor }) => {
    const wide = text.length * letterWidth;
    return anchor === 'start' ? [x, x + wide] : anchor === 'end' ? [x - wide, x] : [x - wide / 2, x + wide / 2];
  });
  const left = Math.floor(Math.min(front.left, ...ends.map(([from = 0]) => from))) - 1;
  const right = Math.ceil(Math.max(front.left + channels.cells * front.cell + samples.cells * receding.x, ...ends.map(([, to = 0]) => to))) + 1;
  return { left, width: right - left };
}
