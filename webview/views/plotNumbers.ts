import type { Histogram } from '../../src/core/analysis/report';
import { counted, formatCount, formatNumber, formatPercent } from '../../src/core/text/numbers';
import { binWidth, totalOf } from '../charts/bins';
import type { PlotNumbers } from './plotTable';

/** A histogram's bins that hold anything, and what lies beyond them. @param noun what is counted: `value`, `group` */
export function histogramTable(histogram: Histogram, noun: string): PlotNumbers {
  const { low, high, counts, below, above } = histogram;
  const total = totalOf(histogram);
  const row = (name: string, count: number) => [name, formatCount(count), total === 0 ? '–' : formatPercent(count / total)];
  const edge = (bin: number) => formatNumber(low + bin * binWidth(histogram));
  const filled = [...counts.keys()].filter((bin) => (counts[bin] ?? 0) > 0);
  const empty = counts.length - filled.length;
  return {
    columns: ['from … to', `${noun}s`, 'share'],
    rows: [
      ...(below > 0 ? [row(`below ${formatNumber(low)}`, below)] : []),
      ...filled.map((bin) => row(`${edge(bin)} … ${edge(bin + 1)}`, counts[bin] ?? 0)),
      ...(above > 0 ? [row(`above ${formatNumber(high)}`, above)] : []),
    ],
    note: empty === 0 ? '' : `${counted(empty, 'empty bin')} left out.`,
  };
}
