import type { MethodReport, Report, Series } from '../../src/core/analysis/report';
import { formatCount, listed } from '../../src/core/text/numbers';
import { firstOf, groupingOf, runsIn, spansOf } from '../charts/groups';
import type { HeatmapChart } from '../charts/heatmap';
import type { PlotSize } from './plot';

/** Findings that name single channels as far out, in words. */
const rules: Readonly<Record<string, string>> = { 'outlier-features': 'outlier features', 'massive-activation': 'massive activations' };

interface MarkedChannels {
  readonly what: string;
  /** The first of them: a finding names no more than 64. */
  readonly channels: readonly number[];
  readonly count: number;
}

/** Channels that the findings name as far out; they are marked in every picture that has channels. */
export function markedChannels({ findings }: Pick<Report, 'findings'>): MarkedChannels[] {
  return findings.flatMap(({ rule, evidence: { channels, channelCount } }) => {
    const what = rules[rule];
    return what === undefined || !Array.isArray(channels) ? [] : [{ what, channels: channels as readonly number[], count: Number(channelCount) }];
  });
}

/** Each once, whatever names it. */
export function allMarked(report: Pick<Report, 'findings'>): number[] {
  return [...new Set(markedChannels(report).flatMap(({ channels }) => channels))].sort((a, b) => a - b);
}

/** What the marks of the pictures stand for; nothing where nothing is marked. */
export function MarkedNote({ report }: { readonly report: Report }) {
  const marked = markedChannels(report);
  if (marked.length === 0) return null;
  return (
    <p class="markedNote">
      <i class="channelMark" aria-hidden="true" />
      {marked.map(({ what, channels, count }) => `${what}: ${count === 1 ? 'channel' : 'channels'} ${listed(channels)}${count > channels.length ? `, the first ${formatCount(channels.length)} of ${formatCount(count)}` : ''}`).join('; ')}
    </p>
  );
}

/** CSS pixels. */
const mark = { width: 7, height: 6 } as const;

/** A small triangle at the upper edge of a heatmap, over the middle of each marked channel's columns. */
export function ColumnMarks({ report, chart: { part, cell }, size }: { readonly report: Report; readonly chart: HeatmapChart; readonly size: PlotSize }) {
  const channels = allMarked(report);
  const { tensor, layout, pictureRowAxes } = report;
  if (channels.length === 0) return null;
  const grouping = groupingOf(layout.roles, { reducedAxes: [...layout.roles].flatMap((role, axis) => (role === 'C' ? [] : [axis])) });
  const places = channels.flatMap((channel) => {
    const spans = spansOf(tensor.shape, grouping, firstOf(tensor.shape, grouping, channel)).slice(pictureRowAxes);
    return runsIn(spans, cell.columns, part.column, part.column + part.columns).map(([from, to]) => (((from + to) / 2 - part.column) / part.columns) * size.width);
  });
  return <svg class="overlay channelMarks" aria-hidden="true"><path d={places.filter((x) => x >= 0 && x <= size.width).map((x) => triangle(x, 0)).join('')} /></svg>;
}

/** The same in a strip of channels, at each marked channel's value. */
export function ValueMarks({ report, method, series, size }: { readonly report: Report; readonly method: MethodReport; readonly series: Series; readonly size: PlotSize }) {
  const channels = method.id === 'batch' ? allMarked(report) : [];
  if (channels.length === 0) return null;
  const { low, high } = series.histogram;
  const places = channels.map((channel) => series.values?.[channel] ?? NaN).filter((value) => value >= low && value <= high);
  return <svg class="overlay channelMarks" aria-hidden="true"><path d={places.map((value) => triangle(((value - low) / (high - low)) * size.width, 0)).join('')} /></svg>;
}

function triangle(x: number, y: number): string {
  return `M${Math.round(x * 10) / 10} ${y + mark.height}l${-mark.width / 2} ${-mark.height}h${mark.width}Z`;
}
