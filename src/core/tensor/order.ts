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

/**
 * In which of NumPy's two orders the elements lie: `C` (row-major), `F` (Fortran, the first axis fastest); null where it
 * is neither. Axes of a single element lie anywhere, so what could be both is C.
 */
export function memoryOrder(shape: readonly number[], axisOrder: readonly number[]): 'C' | 'F' | null {
  const long = axisOrder.filter((axis) => shape[axis] !== 1);
  if (long.every((axis, place) => place === 0 || axis > (long[place - 1] ?? 0))) return 'C';
  return long.every((axis, place) => place === 0 || axis < (long[place - 1] ?? 0)) ? 'F' : null;
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
