import { NormoscopeError } from '../errors';
import type { DType } from '../tensor/dtype';
import type { MomentTable } from './moments';
import type { MatrixSteps } from './pictures';
import type { WalkDim, WalkPlan } from './walk';

/**
 * The border between TypeScript and the kernels: what they export, and where their arguments lie in memory. Every call
 * of the engine has a memory of its own, sized before it starts, so it never grows and no view is ever detached.
 */
export interface Kernels {
  readonly heapBase: { readonly value: number };
  /** `target[i] = source[i]` for count elements, as float64; `stride` is that of items, which may hold several. */
  decode(dtype: number, little: number, stride: number, source: number, count: number, target: number): void;
  /** `decode` to float32, of the types that it holds exactly; `scratch` is of 512 bytes. */
  decodeFast(dtype: number, little: number, stride: number, source: number, count: number, target: number, scratch: number): void;
  accumulateRows(walk: number, state: number, size: number, x: number, count: number): void;
  accumulateColumns(walk: number, table: number, state: number, size: number, x: number, count: number): void;
  /**
   * `accumulateRows` of float32.
   * @param higher whether third and fourth moments are kept
   * @param least see `takeSubnormal`; 0 for none
   * @param scratch `rowBytes`, zero at the begin of each stretch
   */
  accumulateFastRows(walk: number, state: number, size: number, higher: number, least: number, x: number, count: number, scratch: number): void;
  /**
   * `accumulateColumns` of float32 whose cells are neighbours, and where `rowWalk` is not 0 `accumulateFastRows` of the rows too.
   * @param panel `panelBytes` of scratch, zero at the begin of each stretch
   */
  accumulateFastBoth(
    walk: number,
    state: number,
    size: number,
    rowWalk: number,
    rowState: number,
    rowSize: number,
    higher: number,
    least: number,
    x: number,
    count: number,
    panel: number,
    scratch: number,
  ): void;
  /** Elements since the last call, of rows with third and fourth moments, that are nearer to zero than `least` and not zero. */
  takeSubnormal(): number;
  /** Open states (see `assembly/open.ts`) to moments about the mean, in place; and back. */
  closeStates(state: number, size: number, cells: number): void;
  openStates(state: number, size: number, cells: number): void;
  /** Whether the elements accumulated since the last call had some that is NaN or infinite. */
  metNotFinite(): number;
  findNotFinite(x: number, count: number, from: number): number;
  /** The same of float32. */
  findNotFiniteFast(x: number, count: number, from: number): number;
  countSubnormal(x: number, count: number, least: number): number;
  applyRows(walk: number, shift: number, scale: number, x: number, count: number, target: number): void;
  applyColumns(walk: number, table: number, shift: number, scale: number, x: number, count: number, target: number): void;
  applyNeighbours(walk: number, shift: number, scale: number, x: number, count: number, target: number): void;
  mapRows(walk: number, shift: number, scale: number, offset: number, x: number, count: number): void;
  mapColumns(walk: number, table: number, shift: number, scale: number, offset: number, x: number, count: number): void;
  mapNeighbours(walk: number, shift: number, scale: number, offset: number, x: number, count: number): void;
  /** Adds Σ g and Σ g·x per cell (see `assembly/backward.ts`); returns how many pairs were left out as not finite. */
  sumRows(walk: number, sums: number, size: number, x: number, g: number, count: number): number;
  sumColumns(walk: number, table: number, sums: number, size: number, x: number, g: number, count: number): number;
  gradientRows(walk: number, scale: number, mean: number, slope: number, x: number, g: number, count: number): void;
  gradientColumns(walk: number, table: number, scale: number, mean: number, slope: number, x: number, g: number, count: number): void;
  /** `target[i] = x[i]` for count elements, float64 to float32. */
  narrow(x: number, count: number, target: number): void;
  /** The least and the greatest at `range`, int64 or uint64. */
  widenSigned(little: number, stride: number, source: number, count: number, range: number): void;
  widenUnsigned(little: number, stride: number, source: number, count: number, range: number): void;
  countWords(little: number, stride: number, source: number, count: number, counters: number): void;
  countBytes(stride: number, source: number, count: number, counters: number): void;
  countValues(x: number, count: number, counters: number): void;
  /** The format and the groups that the next three are about; their arguments as in `assembly/simulate.ts`. */
  setFormat(digits: number, leastNormal: number, overflowsAt: number, overflow: number): void;
  setSimulation(state: number, size: number, shift: number, scale: number, tally: number): void;
  castElements(x: number, count: number, target: number, first: number, tally: number): void;
  simulateElements(step: number, walk: number, table: number, x: number, held: number, count: number, first: number): void;
  finishGroups(how: number, counts: number, groups: number, eps: number): void;
  countView(y: number, count: number, low: number, high: number, bins: number, counts: number, tally: number): void;
  countGroupRows(walk: number, x: number, count: number, low: number, high: number, bins: number, counts: number): void;
  countGroupColumns(walk: number, table: number, x: number, count: number, low: number, high: number, bins: number, counts: number): void;
  drawView(y: number, count: number, period: number, pixels: number, picture: number): void;
  locatePixels(walk: number, count: number, rowScale: number, columnScale: number, width: number, target: number): void;
  flagPixels(x: number, count: number, pixels: number, flags: number): void;
}

/** Places are the kernels' codes of `decode`. Complex tensors come as two real ones. */
const dtypeCodes: readonly DType[] = [
  'bool',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'float8_e4m3fn',
  'float8_e4m3fnuz',
  'float8_e5m2',
  'float8_e5m2fnuz',
  'int4',
  'uint4',
  'q4_0',
  'q4_1',
  'q5_0',
  'q5_1',
  'q8_0',
  'q2_k',
  'q3_k',
  'q4_k',
  'q5_k',
  'q6_k',
];

/** @throws NormoscopeError `unsupported` for a dtype that has no decoder */
export function dtypeCode(dtype: DType): number {
  const code = dtypeCodes.indexOf(dtype);
  if (code < 0) throw new NormoscopeError('unsupported', `Elements of type ${dtype} are not computed with.`);
  return code;
}

/** Columns of a moment state, in memory order; each is `stride` float64 behind the one before. */
const stateColumns = ['count', 'mean', 'meanLow', 'm2', 'm3', 'm4', 'min', 'max', 'nan', 'posInf', 'negInf', 'zeros'] as const;

/** Bytes of a cell's moments. */
export const cellBytes = stateColumns.length * 8;

/** Scratch of `accumulateFastBoth`: see `assembly/fastColumns.ts`. */
export const panelBytes = 16 + 192 * 128;
/** Scratch of rows: see `assembly/fastRows.ts`. */
export const rowBytes = 128;
/** And where in it the address of the counters is, for rows with third and fourth moments; 0 where they do not count. */
export const rowCounters = 116;

const pageBytes = 65536;

/** A kernel memory that is laid out once: every `reserve` first, then `open`. */
export class Arena {
  private end: number;
  private opened: WebAssembly.Memory | null = null;

  /** @param heapBase where the kernels' own data ends */
  constructor(heapBase: number) {
    this.end = align(heapBase);
  }

  /** Address of `bytes` zeroed bytes, aligned to 16. */
  reserve(bytes: number): number {
    const address = this.end;
    this.end = align(this.end + bytes);
    return address;
  }

  /** Makes `memory` as large as what was reserved. */
  open(memory: WebAssembly.Memory): void {
    const missing = Math.ceil(this.end / pageBytes) - memory.buffer.byteLength / pageBytes;
    if (missing > 0) memory.grow(missing);
    this.opened = memory;
  }

  floats(address: number, length: number): Float64Array {
    return new Float64Array(this.buffer, address, length);
  }

  singles(address: number, length: number): Float32Array {
    return new Float32Array(this.buffer, address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, address, length);
  }

  private get buffer(): ArrayBuffer {
    if (this.opened === null) throw new NormoscopeError('internal', 'The kernels have no memory yet.');
    return this.opened.buffer;
  }
}

function align(address: number): number {
  return Math.ceil(address / 16) * 16;
}

/**
 * A moment state of `size` cells in an arena. Kernels get `stride` as its size: many cells lie an odd number of cache
 * lines apart, or all columns of a cell would fall on the same few lines of the cache.
 */
export class StateArea {
  readonly address: number;
  readonly stride: number;

  constructor(
    private readonly arena: Arena,
    readonly size: number,
  ) {
    this.stride = size < 64 ? size : (Math.ceil(size / 8) | 1) * 8;
    this.address = arena.reserve(this.stride * stateColumns.length * 8);
  }

  /** The states of no elements at all, where memory is zero: the same open and closed. */
  clear(cells = this.size): void {
    this.column('min').fill(Infinity, 0, cells);
    this.column('max').fill(-Infinity, 0, cells);
  }

  /** The states where they lie: large tables are not held twice. They keep the call's memory alive. */
  read(): MomentTable {
    return tableOf(this.size, (name) => this.column(name));
  }

  /** The states of some consecutive cells, which stay. @returns (12, cells), one column after the other */
  copy(first: number, cells: number): Float64Array {
    const out = new Float64Array(stateColumns.length * cells);
    stateColumns.forEach((name, place) => out.set(this.column(name).subarray(first, first + cells), place * cells));
    return out;
  }

  /** Where the states of the first cells lie. */
  begin(cells: number): MomentTable {
    return tableOf(cells, (name) => this.column(name).subarray(0, cells));
  }

  /** The first cells are of no elements again. */
  empty(cells: number): void {
    for (const name of stateColumns) this.column(name).fill(0, 0, cells);
    this.clear(cells);
  }

  private column(name: (typeof stateColumns)[number]): Float64Array {
    return this.arena.floats(this.address + stateColumns.indexOf(name) * this.stride * 8, this.size);
  }
}

function tableOf(size: number, column: (name: (typeof stateColumns)[number], place: number) => Float64Array): MomentTable {
  const columns = Object.fromEntries(stateColumns.map((name, place) => [name, column(name, place)]));
  return { size, ...(columns as Record<(typeof stateColumns)[number], Float64Array>) };
}

/** What `StateArea.copy` copied, as a table. */
export function takenOut(columns: Float64Array): MomentTable {
  const cells = columns.length / stateColumns.length;
  return tableOf(cells, (_, place) => columns.subarray(place * cells, (place + 1) * cells));
}

/**
 * A walk in an arena, int32: done of the innermost run, its length, cell, number of outer axes, then for each of those
 * its size, step and coordinate; and the columns' table.
 */
export class WalkArea {
  readonly address: number;
  readonly table: number;
  private state: Int32Array | null = null;

  constructor(
    private readonly arena: Arena,
    readonly plan: WalkPlan,
  ) {
    this.address = arena.reserve(16 + plan.outer.length * 12);
    this.table = arena.reserve((plan.table?.length ?? 0) * 4);
  }

  /** Writes the table and stands at the first element. */
  start(): void {
    const { table } = this.plan;
    if (table !== null) this.arena.integers(this.table, table.length).set(table);
    this.seek(0);
  }

  /**
   * Stands at storage element `element`.
   * @param origin the cell that the kernels know as 0: those before are not met from here on
   */
  seek(element: number, origin = 0): void {
    const { outer, length } = this.plan;
    // Written in place: a mask may have it stand somewhere else every few elements.
    const state = (this.state ??= this.arena.integers(this.address, 4 + 3 * outer.length));
    let rest = Math.floor(element / length);
    let cell = -origin;
    for (let dim = outer.length - 1; dim >= 0; dim--) {
      const { size, step } = outer[dim] as WalkDim;
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      cell += coordinate * step;
      state[4 + 3 * dim] = size;
      state[5 + 3 * dim] = step;
      state[6 + 3 * dim] = coordinate;
    }
    state[0] = element % length;
    state[1] = length;
    state[2] = cell;
    state[3] = outer.length;
  }
}

/** A walk that carries a row and a column of the picture's matrix instead of a cell: steps are float64. */
export class PixelWalkArea {
  private readonly dims: readonly { readonly size: number; readonly row: number; readonly column: number }[];
  readonly address: number;

  /** @param axisOrder axes from slowest to fastest in storage */
  constructor(
    private readonly arena: Arena,
    shape: readonly number[],
    axisOrder: readonly number[],
    steps: MatrixSteps,
  ) {
    this.dims = axisOrder.map((axis) => ({ size: shape[axis] ?? 1, row: steps.row[axis] ?? 0, column: steps.column[axis] ?? 0 }));
    this.address = arena.reserve(8 + this.dims.length * 24 + 16);
  }

  /**
   * Stands at storage element `element`.
   * @param origin the row and the column of the matrix that are counted from
   */
  seek(element: number, origin = { row: 0, column: 0 }): void {
    const count = this.dims.length;
    const integers = this.arena.integers(this.address, 2 + 2 * count);
    const floats = this.arena.floats(this.address + 8 + 8 * count, 2 * count + 2);
    integers[0] = count;
    let rest = element;
    let row = -origin.row;
    let column = -origin.column;
    for (let dim = count - 1; dim >= 0; dim--) {
      const { size, row: rowStep, column: columnStep } = this.dims[dim] as (typeof this.dims)[number];
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      row += coordinate * rowStep;
      column += coordinate * columnStep;
      integers.set([coordinate, size], 2 + 2 * dim);
      floats.set([rowStep, columnStep], 2 * dim);
    }
    floats.set([row, column], 2 * count);
  }
}
