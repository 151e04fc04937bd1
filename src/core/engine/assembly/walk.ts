// Where the next element in storage order belongs: an odometer over the axes of a tensor. Layout in abi.ts (`walk`).

/** Elements done of the innermost run. */
// @ts-ignore: decorator
@inline
export function inner(walk: usize): i32 {
  return load<i32>(walk);
}

/** Elements of the innermost run: consecutive ones of one cell, or one of each column. */
// @ts-ignore: decorator
@inline
export function length(walk: usize): i32 {
  return load<i32>(walk, 4);
}

/** The cell of the run's first element. */
// @ts-ignore: decorator
@inline
export function cell(walk: usize): i32 {
  return load<i32>(walk, 8);
}

// @ts-ignore: decorator
@inline
export function setInner(walk: usize, value: i32): void {
  store<i32>(walk, value);
}

/** Runs until the fastest outer axis turns over, if that axis is reduced; otherwise 1. */
export function runsAhead(walk: usize): i32 {
  const dims = load<i32>(walk, 12);
  if (dims == 0) return 1;
  const last = walk + 16 + (<usize>(dims - 1)) * 12;
  return load<i32>(last, 4) == 0 ? load<i32>(last) - load<i32>(last, 8) : 1;
}

/** Runs until the fastest outer axis turns over, if each belongs to the cell behind the one before; otherwise 1. */
export function neighboursAhead(walk: usize): i32 {
  const dims = load<i32>(walk, 12);
  if (dims == 0) return 1;
  const last = walk + 16 + (<usize>(dims - 1)) * 12;
  return load<i32>(last, 4) == 1 ? load<i32>(last) - load<i32>(last, 8) : 1;
}

/** Goes on by `by` runs, at most to where the fastest outer axis turns over. */
export function advance(walk: usize, by: i32): void {
  const dims = load<i32>(walk, 12);
  let at = cell(walk);
  for (let dim = dims - 1; dim >= 0; dim--) {
    const p = walk + 16 + <usize>dim * 12;
    const size = load<i32>(p);
    const step = load<i32>(p, 4);
    const next = load<i32>(p, 8) + by;
    if (next < size) {
      store<i32>(p, next, 8);
      store<i32>(walk, at + by * step, 8);
      return;
    }
    at -= (next - by) * step;
    store<i32>(p, 0, 8);
    by = 1;
  }
  store<i32>(walk, at, 8);
}

/** `done` elements of the innermost run are behind it: the next one begins where they are all. */
// @ts-ignore: decorator
@inline
export function went(walk: usize, done: i32): void {
  if (done < length(walk)) setInner(walk, done);
  else {
    setInner(walk, 0);
    advance(walk, 1);
  }
}
