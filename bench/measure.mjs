// How everything here is measured: rounds are interleaved (every peer once, then again), and each figure is the median.

/**
 * @param task what every peer is given
 * @param peers each `{ name, run(task) }` with milliseconds as the answer, or null where it cannot
 * @returns `{ name, ms }` of those that could, in their order
 */
export async function interleaved(task, rounds, peers) {
  const times = peers.map(() => []);
  // The first rounds warm up: kernels begin in the baseline compiler.
  const warmUp = rounds > 9 ? 5 : 1;
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const [index, { run }] of peers.entries()) {
      const ms = await run(task);
      if (ms !== null && round >= warmUp) times[index].push(ms);
    }
  }
  return peers.flatMap(({ name }, index) => (times[index].length === 0 ? [] : [{ name, ms: median(times[index]) }]));
}

export function median(values) {
  return quantile(values, 0.5);
}

/** The value that so large a share of them does not exceed, or nearly. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** `work`, as something that answers with its milliseconds. */
export function timed(work) {
  return async (task) => {
    const start = performance.now();
    await work(task);
    return performance.now() - start;
  };
}

/** @returns lines of Markdown, which are printed too. Ratios are to the first row. */
export function table(title, rows, bytes) {
  const ours = rows[0].ms;
  const digits = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
  return told([
    '',
    `## ${title}`,
    '',
    '| | ms | GB/s | × ours |',
    '|:--|--:|--:|--:|',
    ...rows.map(({ name, ms }) => `| ${name} | ${digits(ms)} | ${(bytes / ms / 1e6).toFixed(2)} | ${(ms / ours).toFixed(2)} |`),
  ]);
}

export function told(lines) {
  console.log(lines.join('\n'));
  return lines;
}

/** Normal numbers around 3, seeded (mulberry32; the sum of four uniforms is near enough to normal). */
export function normal(count) {
  let state = 20;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from({ length: count }, () => 3 + 1.732 * (uniform() + uniform() + uniform() + uniform() - 2));
}

/** What stands before the elements of a `.npy` file of that shape; a multiple of 64 bytes. */
export function npyHeader(descr, shape) {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}, ), }`.padEnd(117).concat('\n');
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([text.length, 0]), Buffer.from(text)]);
}
