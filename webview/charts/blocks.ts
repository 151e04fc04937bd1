import { formatCount } from '../../src/core/text/numbers';

/**
 * The tensor as a block, as Wu & He 2018 draw it (Group Normalization, figure 2): channels to the right, positions
 * down, samples receding; the elements that share one set of statistics stand out.
 */
export interface BlockPicture {
  readonly faces: readonly Face[];
  readonly labels: readonly Label[];
}

export interface Face {
  /** `x,y x,y …` in the picture's own units. */
  readonly points: string;
  readonly side: 'front' | 'top' | 'side';
  readonly shared: boolean;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** How a method shares: which logical axes it reduces, and into how many parts it cuts the channels. */
export interface Sharing {
  readonly reducedAxes: readonly number[];
  readonly numGroups?: number;
}

/** The picture's size in its own units. */
export const blockSize = { width: 184, height: 108 };

/** Cells along an axis, at most: enough to see one set among others. */
const most = { samples: 5, channels: 6, positions: 5 };
const front = { left: 56, top: 32, cell: 12 };
/** Where one sample further back stands. */
const receding = { x: 7, y: -5.5 };

/** Axes of a tensor by what they are in the picture. */
interface Axis {
  readonly roles: string;
  readonly size: number;
  readonly cells: number;
  /** Whether the cell at `index` belongs to the shared set. */
  has(index: number): boolean;
}

export function blockPicture(shape: readonly number[], roles: string, sharing: Sharing | null): BlockPicture {
  const axis = (letters: string, limit: number, has: (cells: number, reduced: number, all: number) => (index: number) => boolean): Axis => {
    const axes = [...roles].flatMap((role, index) => (letters.includes(role) ? [index] : []));
    const size = axes.reduce((product, index) => product * (shape[index] ?? 1), 1);
    const cells = Math.max(1, Math.min(limit, size));
    const reduced = axes.filter((index) => sharing?.reducedAxes.includes(index)).length;
    return { roles: axes.map((index) => roles[index]).join('·'), size, cells, has: sharing === null ? () => false : has(cells, reduced, axes.length) };
  };
  // The first sample and position, and the last channel, so that the set is on the sides that are seen.
  const firstOnly = (cells: number, reduced: number, all: number) => (index: number) =>
    reduced === all || (reduced > 0 ? index < Math.ceil(cells / 2) : index === 0);
  const samples = axis('N', most.samples, firstOnly);
  const positions = axis('TDHW', most.positions, firstOnly);
  const channels = axis('C', most.channels, (cells, reduced) => (index) => {
    if (reduced === 0) return index === cells - 1;
    return index >= cells - Math.max(1, Math.round(cells / (sharing?.numGroups ?? 1)));
  });
  return { faces: facesOf(samples, channels, positions), labels: labelsOf(samples, channels, positions) };
}

function facesOf(samples: Axis, channels: Axis, positions: Axis): Face[] {
  const at = (n: number, c: number, p: number): string => {
    const x = front.left + c * front.cell + n * receding.x;
    const y = front.top + p * front.cell + n * receding.y;
    return `${x},${y}`;
  };
  const has = (n: number, c: number, p: number) => samples.has(n) && channels.has(c) && positions.has(p);
  const faces: Face[] = [];
  const last = channels.cells - 1;
  for (let n = samples.cells - 1; n >= 0; n--) {
    for (let c = 0; c <= last; c++) {
      faces.push({ side: 'top', shared: has(n, c, 0), points: [at(n, c, 0), at(n, c + 1, 0), at(n + 1, c + 1, 0), at(n + 1, c, 0)].join(' ') });
    }
    for (let p = 0; p < positions.cells; p++) {
      faces.push({ side: 'side', shared: has(n, last, p), points: [at(n, last + 1, p), at(n + 1, last + 1, p), at(n + 1, last + 1, p + 1), at(n, last + 1, p + 1)].join(' ') });
    }
  }
  for (let p = 0; p < positions.cells; p++) {
    for (let c = 0; c <= last; c++) {
      faces.push({ side: 'front', shared: has(0, c, p), points: [at(0, c, p), at(0, c + 1, p), at(0, c + 1, p + 1), at(0, c, p + 1)].join(' ') });
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
