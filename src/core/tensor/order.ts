/**
 * Where a logical (row-major) element lies in storage order.
 * @param axisOrder axes from slowest to fastest in storage
 */
export function storageIndex(shape: readonly number[], axisOrder: readonly number[], element: number): number {
  const coordinates = new Array<number>(shape.length).fill(0);
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    coordinates[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return axisOrder.reduce((index, axis) => index * (shape[axis] ?? 1) + (coordinates[axis] ?? 0), 0);
}
