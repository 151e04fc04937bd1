// Which pixel of the picture an element falls on. The walk here carries a row and a column: see `pixelWalk` in abi.ts.

/**
 * Pixel of each of `n` further elements in storage order.
 * @param rowScale pixels per row of the matrix; columnScale likewise
 * @param width pixels in a row
 * @param target (n) int32
 */
export function locatePixels(walk: usize, n: i32, rowScale: f64, columnScale: f64, width: i32, target: usize): void {
  const dims = load<i32>(walk);
  const coordinates = walk + 8;
  const steps = coordinates + (<usize>dims << 2) * 2;
  let row = load<f64>(steps + (<usize>dims << 4));
  let column = load<f64>(steps + (<usize>dims << 4), 8);
  for (let i = 0; i < n; i++) {
    // Half a step in: never on the edge between two pixels, where rounding would decide.
    store<i32>(target + (<usize>i << 2), <i32>((row + 0.5) * rowScale) * width + <i32>((column + 0.5) * columnScale));
    for (let dim = dims - 1; dim >= 0; dim--) {
      const p = coordinates + (<usize>dim << 3);
      const s = steps + (<usize>dim << 4);
      const next = load<i32>(p) + 1;
      if (next < load<i32>(p, 4)) {
        store<i32>(p, next);
        row += load<f64>(s);
        column += load<f64>(s, 8);
        break;
      }
      store<i32>(p, 0);
      row -= load<f64>(s) * <f64>(next - 1);
      column -= load<f64>(s, 8) * <f64>(next - 1);
    }
  }
  store<f64>(steps + (<usize>dims << 4), row);
  store<f64>(steps + (<usize>dims << 4), column, 8);
}

/** Marks on each element's pixel that it was looked at (8), and that it is NaN (1) or infinite (2). */
export function flagPixels(x: usize, n: i32, pixels: usize, flags: usize): void {
  for (let i = 0; i < n; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    const flag: u8 = value - value == 0 ? 8 : value != value ? 9 : 10;
    const p = flags + <usize>load<i32>(pixels + (<usize>i << 2));
    store<u8>(p, load<u8>(p) | flag);
  }
}
