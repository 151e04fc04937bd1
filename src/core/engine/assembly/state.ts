// Moment states of cells, as columns of float64 one behind the other: see `stateColumns` in abi.ts.
// Merging is Chan et al. 1979 for the variance and Pébay 2008 for the third and fourth moments.

/** Merges n finite elements with these moments into cell `cell` of `size`. */
export function mergeMoments(state: usize, size: i32, cell: i32, n: f64, mu: f64, muLow: f64, b2: f64, b3: f64, b4: f64, least: f64, greatest: f64, zero: f64): void {
  const column: usize = <usize>size << 3;
  const at: usize = state + (<usize>cell << 3);
  const pMean = at + column;
  const pLow = pMean + column;
  const p2 = pLow + column;
  const p3 = p2 + column;
  const p4 = p3 + column;
  const pMin = p4 + column;
  const pMax = pMin + column;
  const pZeros = pMax + (column << 2);
  store<f64>(pZeros, load<f64>(pZeros) + zero);
  const na = load<f64>(at);
  if (na == 0) {
    store<f64>(at, n);
    store<f64>(pMean, mu);
    store<f64>(pLow, muLow);
    store<f64>(p2, b2);
    store<f64>(p3, b3);
    store<f64>(p4, b4);
    store<f64>(pMin, least);
    store<f64>(pMax, greatest);
    return;
  }
  if (least < load<f64>(pMin)) store<f64>(pMin, least);
  if (greatest > load<f64>(pMax)) store<f64>(pMax, greatest);
  const ma = load<f64>(pMean);
  const a2 = load<f64>(p2);
  const a3 = load<f64>(p3);
  const total = na + n;
  const maLow = load<f64>(pLow);
  // The high parts of close means differ without rounding; the low parts keep what they lack.
  const delta = mu - ma + (muLow - maLow);
  if (delta - delta != 0) {
    // Means so far apart that float64 cannot hold their difference: they still have a mean.
    store<f64>(at, total);
    store<f64>(pMean, ma * (na / total) + mu * (n / total));
    store<f64>(pLow, 0);
    store<f64>(p2, Infinity);
    store<f64>(p3, NaN);
    store<f64>(p4, Infinity);
    return;
  }
  const dn = delta / total;
  const product = na * n;
  const cross = delta * dn * product;
  store<f64>(at, total);
  const low = maLow + n * dn;
  const high = ma + low;
  store<f64>(pMean, high);
  store<f64>(pLow, low - (high - ma));
  store<f64>(p4, load<f64>(p4) + b4 + cross * dn * dn * (na * na - product + n * n) + 6 * dn * dn * (na * na * b2 + n * n * a2) + 4 * dn * (na * b3 - n * a3));
  store<f64>(p3, a3 + b3 + cross * dn * (na - n) + 3 * dn * (na * b2 - n * a2));
  store<f64>(p2, a2 + b2 + cross);
}

/** Whether some element since the last question was NaN or infinite. Every path that meets one counts it by `countNotFinite`. */
let met: bool = false;

/** Answers once: the next question is about the elements after this one. */
export function metNotFinite(): bool {
  const answer = met;
  met = false;
  return answer;
}

/** Counts a NaN or infinite element of the cell whose `nan` is at `pNan`. */
export function countNotFinite(pNan: usize, column: usize, value: f64): void {
  const p = value != value ? pNan : value > 0 ? pNan + column : pNan + (column << 1);
  store<f64>(p, load<f64>(p) + 1);
  met = true;
}

/** Merges elements one by one, NaN and infinities counted apart: for blocks that hold some, or whose sum overflows. */
export function mergeEach(state: usize, size: i32, cell: i32, x: usize, n: i32, strideBytes: i32): void {
  const column: usize = <usize>size << 3;
  const pNan: usize = state + (<usize>cell << 3) + column * 8;
  for (let i = 0; i < n; i++, x += strideBytes) {
    const value = load<f64>(x);
    if (value - value == 0) mergeMoments(state, size, cell, 1, value, 0, 0, 0, 0, value, value, value == 0 ? 1 : 0);
    else countNotFinite(pNan, column, value);
  }
}
