/**
 * Where a logical (row-major) element lies in storage order.
 * @param axisOrder axes from slowest to fastest in storage
 */
export function storageIndex(shape: readonly number[], axisOrder: readonly number[], element: number): number {
  const coordinates = unravel(element, shape);
  return axisOrder.reduce((index, axis) => index * (shape[axis] ?? 1) + (coordinates[axis] ?? 0), 0);
}

/** Where an element in storage order stands in logical (row-major) order. */
export function logicalIndex(shape: readonly number[], axisOrder: readonly number[], stored: number): number {
  const inStorage = unravel(stored, axisOrder.map((axis) => shape[axis] ?? 1));
  return shape.reduce((index, size, axis) => index * size + (inStorage[axisOrder.indexOf(axis)] ?? 0), 0);
}

/** Whether storage order is logical order. */
export function isRowMajor(axisOrder: readonly number[]): boolean {
  return axisOrder.every((axis, place) => axis === place);
}

function unravel(element: number, sizes: readonly number[]): number[] {
  const coordinates = new Array<number>(sizes.length).fill(0);
  let rest = element;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = sizes[axis] ?? 1;
    coordinates[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return coordinates;
}
