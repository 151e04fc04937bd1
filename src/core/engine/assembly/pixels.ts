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
  const steps = coordinates + (<usize>dims << 3);
  const place = steps + (<usize>dims << 4);
  const scale = f64x2.replace_lane(f64x2.splat(rowScale), 1, columnScale);
  // Half a step in: never on the edge between two pixels, where rounding would decide.
  const half = f64x2.splat(0.5), widths = i32x4.splat(width);
  let at = v128.load(place);
  // Along the fastest axis only the place changes.
  const fastest = coordinates + (<usize>(dims - 1) << 3);
  const step = dims == 0 ? half : v128.load(place - 16);
  const four = f64x2.mul(step, f64x2.splat(4));
  const end = target + (<usize>n << 2);
  while (target < end) {
    const left = dims == 0 ? 1 : load<i32>(fastest, 4) - load<i32>(fastest);
    const take = min(left, <i32>((end - target) >> 2));
    const stop = target + (<usize>take << 2);
    // Four places, half a step in, that go on by four: none waits for the one before.
    let a = f64x2.add(at, half), b = f64x2.add(a, step), c = f64x2.add(b, step), d = f64x2.add(c, step);
    const begin = target;
    for (; target + 16 <= stop; target += 16) {
      const first = pixelsOf(a, b, scale), second = pixelsOf(c, d, scale);
      v128.store(target, i32x4.add(i32x4.mul(i8x16.shuffle(first, second, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), widths), i8x16.shuffle(first, second, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)));
      a = f64x2.add(a, four);
      b = f64x2.add(b, four);
      c = f64x2.add(c, four);
      d = f64x2.add(d, four);
    }
    at = f64x2.add(at, f64x2.mul(step, f64x2.splat(<f64>((target - begin) >> 2))));
    for (; target < stop; target += 4) {
      const pixel = i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.add(at, half), scale));
      store<i32>(target, i32x4.extract_lane(pixel, 0) * width + i32x4.extract_lane(pixel, 1));
      at = f64x2.add(at, step);
    }
    let by = take;
    for (let dim = dims - 1; dim >= 0; dim--) {
      const p = coordinates + (<usize>dim << 3);
      const wheel = v128.load(steps + (<usize>dim << 4));
      if (dim < dims - 1) at = f64x2.add(at, wheel);
      const next = load<i32>(p) + by;
      if (next < load<i32>(p, 4)) {
        store<i32>(p, next);
        break;
      }
      store<i32>(p, 0);
      at = f64x2.sub(at, f64x2.mul(wheel, f64x2.splat(<f64>next)));
      by = 1;
    }
  }
  v128.store(place, at);
}

/** Row and column of two places of the matrix: of their pixels, as four int32. */
// @ts-ignore: decorator
@inline
function pixelsOf(a: v128, b: v128, scale: v128): v128 {
  return i8x16.shuffle(i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(a, scale)), i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(b, scale)), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
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
