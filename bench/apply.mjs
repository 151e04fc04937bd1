// What is written and counted: LayerNorm whole (statistics and map), BatchNorm's map with running statistics, and a histogram
// of a known range, from memory to memory, beside those who do the same.
import { interleaved, table, timed } from './measure.mjs';

/**
 * @param engines `{ one, two }`: the engine on one and on two threads
 * @param data the tensor for the engine
 * @param task `{ name, shape, values, file, offset, bytes }`, a matrix of float32 (rows, columns)
 * @param sources of peers, with their `layer`, `batch` and `histogram`
 */
export async function applied(engines, data, task, sources) {
  const [rows, columns] = task.shape;
  const out = new Uint8Array(task.bytes);
  let at = 0;
  const sink = {
    async write(bytes) {
      out.set(bytes, at);
      at += bytes.length;
    },
  };
  const grouping = (axis) => ({ kept: [axis === 0, axis === 1] });
  const write = async (engine, map) => {
    at = 0;
    await engine.apply(data, { maps: [map], output: 'float32' }, sink);
  };
  const layer = async (engine) => {
    const { tables } = await engine.moments(data, [grouping(0)]);
    const { count, mean, m2 } = tables[0];
    const scale = Float64Array.from(m2, (sum, group) => 1 / Math.sqrt(sum / count[group] + 1e-5));
    await write(engine, { grouping: grouping(0), shift: mean, scale, offset: new Float64Array(rows) });
  };
  const filled = (value) => new Float64Array(columns).fill(value);
  const batch = { grouping: grouping(1), shift: filled(3), scale: filled(0.5), offset: filled(1) };
  const raw = { grouping: { kept: [false, false] }, shift: Float64Array.of(0), scale: Float64Array.of(1), low: -1, high: 7 };
  const histogram = { views: [raw], bins: 256, rowAxes: 1, maxRows: 1, maxColumns: 1, maxElements: Number.MAX_SAFE_INTEGER };
  const works = {
    layer: ['LayerNorm, statistics and map', layer],
    batch: ["BatchNorm's map with running statistics", (engine) => write(engine, batch)],
    histogram: ['a histogram of 256 bins, of a known range', (engine) => engine.distributions(data, histogram)],
  };
  const lines = [];
  for (const [key, [title, work]] of Object.entries(works)) {
    const peers = [
      { name: '**Normoscope**, 1 thread', run: timed(() => work(engines.one)) },
      { name: '**Normoscope**, 2 threads', run: timed(() => work(engines.two)) },
      ...sources.flatMap((source) => source[key] ?? []),
    ];
    const measured = await interleaved(task, task.bytes > 2 ** 26 ? 5 : 15, peers);
    lines.push(...table(`${task.name}: ${title}`, measured, task.bytes));
  }
  return lines;
}
