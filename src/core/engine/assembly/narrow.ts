// Moments of short runs: two neighbouring cells at a time, one in each lane, so that nothing is summed across lanes and the
// states are merged by vectors too.

/**
 * Merges two runs of `n` elements each, the second right behind the first, into cells `cell` and `cell + 1`.
 * False, and nothing is merged, where elements have to be told apart: NaN, infinities, powers that overflow.
 */
export function mergeTwo(state: usize, size: i32, cell: i32, x: usize, n: i32): bool {
  const zero = f64x2.splat(0);
  const run = <usize>n << 3;
  const end = x + run;
  let total = zero, low = f64x2.splat(Infinity), high = f64x2.splat(-Infinity);
  for (let p = x; p < end; p += 8) {
    const a = v128.load64_lane(p + run, v128.load64_zero(p), 1);
    total = f64x2.add(total, a);
    low = f64x2.pmin(low, a);
    high = f64x2.pmax(high, a);
  }
  const count = f64x2.splat(<f64>n);
  const centre = f64x2.div(total, count);
  let s1 = zero, s2 = zero, s3 = zero, s4 = zero, zeros = zero;
  for (let p = x; p < end; p += 8) {
    const a = v128.load64_lane(p + run, v128.load64_zero(p), 1);
    zeros = i64x2.sub(zeros, f64x2.eq(a, zero));
    const d = f64x2.sub(a, centre), q = f64x2.mul(d, d);
    s1 = f64x2.add(s1, d);
    s2 = f64x2.add(s2, q);
    s3 = f64x2.add(s3, f64x2.mul(q, d));
    s4 = f64x2.add(s4, f64x2.mul(q, q));
  }
  const column = <usize>size << 3;
  const p = state + (<usize>cell << 3);
  const na = v128.load(p), ma = v128.load(p + column);
  // What the rounded centre lacks to the mean, as in `mergeShifted`.
  const e = f64x2.div(s1, count);
  const shifted = f64x2.add(centre, e);
  // Of a constant the mean is what all elements are, and there is no deviation.
  const spread = f64x2.ne(low, high);
  const mean = v128.bitselect(shifted, low, spread);
  const meanLow = v128.and(f64x2.sub(e, f64x2.sub(shifted, centre)), spread);
  const maLow = v128.load(p + column * 2);
  const delta = f64x2.add(f64x2.sub(mean, ma), f64x2.sub(meanLow, maLow));
  // All of these show in the fourth powers; means too far apart in their difference.
  if (v128.any_true(v128.or(f64x2.sub(s4, s4), f64x2.sub(delta, delta)))) return false;
  const two = f64x2.splat(2), three = f64x2.splat(3), four = f64x2.splat(4), six = f64x2.splat(6);
  const es1 = f64x2.mul(e, s1), es2 = f64x2.mul(e, s2), ee = f64x2.mul(e, e);
  const b2 = v128.and(spread, f64x2.pmax(zero, f64x2.sub(s2, es1)));
  const b3 = v128.and(spread, f64x2.add(f64x2.sub(s3, f64x2.mul(three, es2)), f64x2.mul(two, f64x2.mul(e, es1))));
  const fourth = f64x2.add(f64x2.sub(s4, f64x2.mul(four, f64x2.mul(e, s3))), f64x2.mul(six, f64x2.mul(e, es2)));
  const b4 = v128.and(spread, f64x2.pmax(zero, f64x2.sub(fourth, f64x2.mul(three, f64x2.mul(ee, es1)))));

  if (v128.any_true(zeros)) {
    const pZeros = p + column * 11;
    store<f64>(pZeros, load<f64>(pZeros) + <f64>i64x2.extract_lane(zeros, 0));
    store<f64>(pZeros, load<f64>(pZeros, 8) + <f64>i64x2.extract_lane(zeros, 1), 8);
  }
  if (!v128.any_true(na)) {
    // Most often both cells begin here.
    v128.store(p, count);
    v128.store(p + column, mean);
    v128.store(p + column * 2, meanLow);
    v128.store(p + column * 3, b2);
    v128.store(p + column * 4, b3);
    v128.store(p + column * 5, b4);
    v128.store(p + column * 6, low);
    v128.store(p + column * 7, high);
    return true;
  }
  // `mergeMoments` by vectors; a lane without elements so far takes the run as it is.
  const fresh = f64x2.eq(na, zero);
  const n1 = f64x2.add(na, count), dn = f64x2.div(delta, n1), product = f64x2.mul(na, count);
  const a2 = v128.load(p + column * 3), a3 = v128.load(p + column * 4), a4 = v128.load(p + column * 5);
  const cross = f64x2.mul(f64x2.mul(delta, dn), product);
  const wholeLow = f64x2.add(maLow, f64x2.mul(count, dn));
  const whole = f64x2.add(ma, wholeLow);
  const dn2 = f64x2.mul(dn, dn), na2 = f64x2.mul(na, na), nb2 = f64x2.mul(count, count);
  const m3 = f64x2.add(
    f64x2.add(f64x2.add(a3, b3), f64x2.mul(f64x2.mul(cross, dn), f64x2.sub(na, count))),
    f64x2.mul(three, f64x2.mul(dn, f64x2.sub(f64x2.mul(na, b2), f64x2.mul(count, a2)))),
  );
  const apart = f64x2.mul(f64x2.mul(cross, dn2), f64x2.add(f64x2.sub(na2, product), nb2));
  const squares = f64x2.mul(six, f64x2.mul(dn2, f64x2.add(f64x2.mul(na2, b2), f64x2.mul(nb2, a2))));
  const cubes = f64x2.mul(four, f64x2.mul(dn, f64x2.sub(f64x2.mul(na, b3), f64x2.mul(count, a3))));
  v128.store(p, n1);
  v128.store(p + column, v128.bitselect(mean, whole, fresh));
  v128.store(p + column * 2, v128.bitselect(meanLow, f64x2.sub(wholeLow, f64x2.sub(whole, ma)), fresh));
  v128.store(p + column * 3, f64x2.add(f64x2.add(a2, b2), cross));
  v128.store(p + column * 4, v128.bitselect(b3, m3, fresh));
  v128.store(p + column * 5, v128.bitselect(b4, f64x2.add(f64x2.add(a4, b4), f64x2.add(f64x2.add(apart, squares), cubes)), fresh));
  v128.store(p + column * 6, f64x2.pmin(v128.load(p + column * 6), low));
  v128.store(p + column * 7, f64x2.pmax(v128.load(p + column * 7), high));
  return true;
}
