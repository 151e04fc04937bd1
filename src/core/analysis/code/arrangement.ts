/** A tensor's axes in the order that a framework wants them in. */
export interface Arrangement {
  /** The axis that comes at each place. */
  readonly order: readonly number[];
  /** The place that each axis came to: `order` undone. */
  readonly back: readonly number[];
  /** Whether the order is another one than the tensor's. */
  readonly moved: boolean;
  /** Sizes in the new order. */
  readonly shape: readonly number[];
}

/** Axes named N first, then C, then the others, as PyTorch and ONNX want them. */
export function channelsFirst(roles: string, shape: readonly number[]): Batched {
  return batched(roles, shape, [...axesOf(roles, 'C'), ...axesOf(roles, 'TDHW')]);
}

/** Axes named N first and C last, as Flax and Keras want them. */
export function channelsLast(roles: string, shape: readonly number[]): Batched {
  return batched(roles, shape, [...axesOf(roles, 'TDHW'), ...axesOf(roles, 'C')]);
}

/** With axes named N as one axis, the first: frameworks know only one, and want one where there is none. */
export interface Batched extends Arrangement {
  /** Sizes of the axes named N. */
  readonly samples: readonly number[];
  /** Sizes of all others, in the new order. */
  readonly others: readonly number[];
  /** Whether the axes named N are not already one. */
  readonly merged: boolean;
}

function batched(roles: string, shape: readonly number[], others: readonly number[]): Batched {
  const leading = axesOf(roles, 'N');
  const sizes = (of: readonly number[]) => of.map((axis) => shape[axis] ?? 0);
  return { ...arranged([...leading, ...others], shape), samples: sizes(leading), others: sizes(others), merged: leading.length !== 1 };
}

/** These axes last, the others before them in their own order. */
export function trailing(last: readonly number[], shape: readonly number[]): Arrangement {
  return arranged([...shape.keys()].filter((axis) => !last.includes(axis)).concat(last), shape);
}

function arranged(order: readonly number[], shape: readonly number[]): Arrangement {
  return {
    order,
    back: order.map((_, axis) => order.indexOf(axis)),
    moved: order.some((axis, place) => axis !== place),
    shape: order.map((axis) => shape[axis] ?? 0),
  };
}

function axesOf(roles: string, letters: string): number[] {
  return [...roles].flatMap((role, axis) => (letters.includes(role) ? [axis] : []));
}

/** Elements of the axes named N together; 1 where there are none. */
export function sampleCountOf({ samples }: Batched): number {
  return samples.reduce((product, size) => product * size, 1);
}
