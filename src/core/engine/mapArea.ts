import type { TensorData } from '../tensor/tensor';
import { WalkArea, type Arena, type Kernels } from './abi';
import type { AffineMap } from './engine';
import { planWalk } from './walk';

/** One map and its walk in kernel memory. */
export class MapArea {
  readonly walk: WalkArea;
  private readonly shift: number;
  private readonly scale: number;
  private readonly offset: number;

  constructor(
    private readonly arena: Arena,
    { shape, axisOrder }: Pick<TensorData, 'shape' | 'axisOrder'>,
    private readonly affine: AffineMap,
  ) {
    this.walk = new WalkArea(arena, planWalk(shape, axisOrder, affine.grouping));
    this.shift = arena.reserve(affine.shift.byteLength);
    this.scale = arena.reserve(affine.scale.byteLength);
    this.offset = arena.reserve(affine.offset.byteLength);
  }

  start(): void {
    const { shift, scale, offset } = this.affine;
    this.walk.start();
    this.arena.floats(this.shift, shift.length).set(shift);
    this.arena.floats(this.scale, scale.length).set(scale);
    this.arena.floats(this.offset, offset.length).set(offset);
  }

  /** Maps `n` further elements in storage order, in place. */
  map(kernels: Kernels, x: number, n: number): void {
    const { walk, shift, scale, offset } = this;
    if (walk.plan.table === null) kernels.mapRows(walk.address, shift, scale, offset, x, n);
    else if (walk.plan.neighbours) kernels.mapNeighbours(walk.address, shift, scale, offset, x, n);
    else kernels.mapColumns(walk.address, walk.table, shift, scale, offset, x, n);
  }
}
