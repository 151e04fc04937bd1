import { throwIfCancelled } from '../../errors';
import { defaultLimits, type Limits } from '../../limits';
import { leastNormal } from '../../tensor/dtype';
import { logicalIndex, storageIndex } from '../../tensor/order';
import { elementCount, unitOf, type TensorData } from '../../tensor/tensor';
import { chooseCells } from '../cells';
import { forEachStretch, sampledStretches, stretches, type Stretch } from '../chunks';
import type { Distribution, DistributionRequest, Distributions, Engine, Grouping, MomentsResult, PassOptions } from '../engine';
import { groupCount } from '../grouping';
import { checkGroups, groupCounts } from '../groupCounts';
import { isLongInteger, joinRanges, type IntegerRange } from '../integerRange';
import { maskedElements } from '../mask';
import { mergeAll, mergeCell } from '../merge';
import { createMomentTable, type MomentTable } from '../moments';
import { maskedPixel, picturePixels, pictureSize, sampledStretch, samplingOf, unseen } from '../pictures';
import { quantileTask } from '../counters';
import { sortedQuantiles, spanQuantiles } from '../quantiles';
import { chunkElements } from '../session';
import { pairOf } from '../pairs';
import { applyMaps } from './apply';
import { backward } from './backward';
import { elementReader } from './decode';
import { groupFinder, maskFinder, viewFinder } from './groups';
import { SpanCounts, spanOfValue } from './spans';
import { simulate } from './simulate';
import { readTile } from './tile';

/**
 * The engine in plain TypeScript: every element on its own, every grouping on its own, nothing clever. The oracle of
 * the kernels, and what runs when `NORMOSCOPE_BACKEND=reference` forces it.
 */
export function createReferenceEngine(limits: Limits = defaultLimits): Engine {
  return {
    backend: 'reference',
    moments: (data, groupings, options = {}) => moments(data, groupings, limits, options),
    distributions: (data, request, options = {}) => distributions(data, request, limits, options),
    tile: (data, request, options = {}) => readTile(data, request, limits, options),
    apply: (data, request, sink, options = {}) => applyMaps(data, request, sink, limits, options),
    backward: async (data, gradient, request, sink, options = {}) => backward(pairOf(data, gradient), request, sink, limits, options),
    simulate: (data, request, options = {}) => simulate(data, request, limits, options),
    elements: async (data, firstElement, count, signal) => {
      const values = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        const first = storageIndex(data.shape, data.axisOrder, firstElement + index);
        const inItem = first % unitOf(data.encoding);
        // The last that is visited is the one that was asked for.
        await eachElement(data, [{ first: first - inItem, count: inItem + 1 }], signal, (value) => (values[index] = value));
      }
      return values;
    },
  };
}

/** Visits elements with their logical (row-major) index. */
async function eachElement(
  data: TensorData,
  list: Iterable<Stretch>,
  signal: AbortSignal | undefined,
  visit: (value: number, logical: number, item: DataView, at: number) => void,
  after: (elementsDone: number) => void = () => undefined,
): Promise<void> {
  const { shape, axisOrder, encoding } = data;
  const read = elementReader(encoding);
  await forEachStretch(data, list, signal, (bytes, { first, count }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < count; index++) {
      const value = read(view, index);
      // Of types without a unit: the place is what 64-bit integers are read at.
      visit(value, logicalIndex(shape, axisOrder, first + index), view, index * encoding.stride + encoding.offset);
    }
    after(first + count);
  });
}

async function moments(
  data: TensorData,
  groupings: readonly Grouping[],
  limits: Limits,
  { signal, onProgress, mask }: PassOptions,
): Promise<MomentsResult> {
  const { shape } = data;
  // Only for its refusal of too many groups.
  chooseCells(shape, groupings, limits);
  const all = [{ kept: shape.map(() => false) }, ...groupings];
  const tables = all.map((grouping) => createMomentTable(groupCount(shape, grouping)));
  const groupsOf = all.map((grouping) => groupFinder(shape, grouping));
  const elementsTotal = elementCount(shape);
  let firstNotFinite = Infinity;
  const { dtype, littleEndian } = data.encoding;
  const { keepsValues } = quantileTask(dtype, elementsTotal, limits);
  const finite: number[] = [];
  const spans = new SpanCounts();
  let subnormal = 0;
  let integers: IntegerRange | null = null;
  const one = createMomentTable(1);
  const isMasked = maskFinder(shape, mask);
  await eachElement(
    data,
    stretches(elementsTotal, chunkElements(data.encoding, limits)),
    signal,
    (value, logical, item, at) => {
      if (isMasked(logical)) return;
      if (!Number.isFinite(value)) firstNotFinite = Math.min(firstNotFinite, logical);
      else if (keepsValues) finite.push(value);
      else spans.add(spanOfValue(value, dtype));
      if (value !== 0 && Math.abs(value) < leastNormal(dtype)) subnormal++;
      if (isLongInteger(dtype)) {
        const whole = dtype === 'int64' ? item.getBigInt64(at, littleEndian) : item.getBigUint64(at, littleEndian);
        integers = joinRanges(integers, { min: whole, max: whole });
      }
      setOne(one, value);
      tables.forEach((table, index) => mergeCell(table, (groupsOf[index] as (logical: number) => number)(logical), one, 0));
    },
    (elementsDone) => onProgress?.({ elementsDone, elementsTotal, overall: () => mergeAll(tables[0] as MomentTable), exact: true }),
  );
  throwIfCancelled(signal);
  const [overall, ...asked] = tables as [MomentTable, ...MomentTable[]];
  const whole = { min: overall.min[0] ?? NaN, max: overall.max[0] ?? NaN, zeros: overall.zeros[0] ?? 0 };
  const kept = finite.length === 0 ? null : sortedQuantiles(Float64Array.from(finite).sort());
  return {
    overall,
    tables: asked,
    firstNotFinite: firstNotFinite === Infinity ? -1 : firstNotFinite,
    masked: maskedElements(shape, mask),
    subnormal,
    exact: true,
    integers,
    quantiles: keepsValues ? kept && { values: kept, from: 'elements', error: 0 } : spanQuantiles(spans.ascending(), whole),
  };
}

/** The moments of one element. */
function setOne(table: MomentTable, value: number): void {
  const finite = Number.isFinite(value);
  table.count[0] = finite ? 1 : 0;
  table.mean[0] = finite ? value : 0;
  table.min[0] = value;
  table.max[0] = value;
  table.zeros[0] = value === 0 ? 1 : 0;
  table.nan[0] = Number.isNaN(value) ? 1 : 0;
  table.posInf[0] = value === Infinity ? 1 : 0;
  table.negInf[0] = value === -Infinity ? 1 : 0;
}

async function distributions(
  data: TensorData,
  request: DistributionRequest,
  limits: Limits,
  { signal, mask }: PassOptions,
): Promise<Distributions> {
  const { shape, encoding } = data;
  const size = pictureSize(shape, request);
  const area = size.rows * size.columns;
  const total = elementCount(shape);
  const every = samplingOf(total, request.maxElements);
  const flags = new Uint8Array(area).fill(unseen);
  const isMasked = maskFinder(shape, mask);
  const shownAs = request.views.map((view) => viewFinder(shape, view));
  const drawn = request.views.map(() => ({
    counts: new Float64Array(request.bins),
    below: 0,
    above: 0,
    notFinite: 0,
    sum: new Float64Array(area),
    count: new Float64Array(area),
    min: new Float64Array(area).fill(Infinity),
    max: new Float64Array(area).fill(-Infinity),
  }));
  const groups = (request.groups ?? []).map(({ grouping, bins, low, high }) => ({
    groupOf: groupFinder(shape, grouping),
    bins,
    low,
    high,
    accumulated: new Float64Array(checkGroups(shape, { grouping, bins, low, high }, limits) * (bins + 3)),
  }));
  const list =
    every === 1
      ? stretches(total, chunkElements(encoding, limits))
      : sampledStretches(total, Math.min(sampledStretch, chunkElements(encoding, limits)), every);

  await eachElement(data, list, signal, (value, logical) => {
    const row = Math.floor((Math.floor(logical / size.matrixColumns) + 0.5) * (size.rows / size.matrixRows));
    const column = Math.floor(((logical % size.matrixColumns) + 0.5) * (size.columns / size.matrixColumns));
    const pixel = row * size.columns + column;
    const flag = isMasked(logical) ? maskedPixel : Number.isNaN(value) ? 1 : Number.isFinite(value) ? 0 : 2;
    flags[pixel] = ((flags[pixel] ?? 0) & ~unseen) | flag;
    if (flag === maskedPixel) return;
    for (const { groupOf, bins, low, high, accumulated } of groups) {
      const bin = Math.min(bins - 1, Math.floor((value - low) * (bins / (high - low))));
      const place = !Number.isFinite(value) ? bins + 2 : value < low ? bins : value > high ? bins + 1 : bin;
      const at = groupOf(logical) * (bins + 3) + place;
      accumulated[at] = (accumulated[at] ?? 0) + 1;
    }
    request.views.forEach((view, index) => {
      const seen = shownAs[index]?.(value, logical) ?? NaN;
      const into = drawn[index] as (typeof drawn)[number];
      if (!Number.isFinite(seen)) return void into.notFinite++;
      if (seen < view.low) into.below++;
      else if (seen > view.high) into.above++;
      else {
        const bin = Math.min(request.bins - 1, Math.floor((seen - view.low) * (request.bins / (view.high - view.low))));
        into.counts[bin] = (into.counts[bin] ?? 0) + 1;
      }
      into.sum[pixel] = (into.sum[pixel] ?? 0) + seen;
      into.count[pixel] = (into.count[pixel] ?? 0) + 1;
      into.min[pixel] = Math.min(into.min[pixel] ?? Infinity, seen);
      into.max[pixel] = Math.max(into.max[pixel] ?? -Infinity, seen);
    });
  });
  throwIfCancelled(signal);
  return {
    views: drawn.map(({ counts, below, above, notFinite, sum, count, min, max }): Distribution => {
      const pixels = picturePixels(area, (pixel) => ({
        sum: sum[pixel] ?? 0,
        count: count[pixel] ?? 0,
        min: min[pixel] ?? 0,
        max: max[pixel] ?? 0,
      }));
      return { counts, below, above, notFinite, ...pixels };
    }),
    groups: groups.map(({ bins, accumulated }) => groupCounts(accumulated.length / (bins + 3), bins, accumulated)),
    rows: size.rows,
    columns: size.columns,
    flags,
    sampledEvery: every,
  };
}
