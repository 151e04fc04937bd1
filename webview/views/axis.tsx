import { axisHeight } from '../charts/bins';
import type { Tick } from '../charts/ticks';
import type { PlotSize } from './plot';

interface XAxisProps {
  readonly ticks: readonly Tick[];
  readonly size: PlotSize;
  readonly unit: string;
}

/** Ticks and their labels along the lower edge; the unit stands at the last one. */
export function XAxis({ ticks, size: { width, height }, unit }: XAxisProps) {
  const base = height - axisHeight;
  return (
    <svg class="overlay" aria-hidden="true">
      <line x1={0} x2={width} y1={base + 0.5} y2={base + 0.5} />
      {ticks.map(({ x, label }, index) => (
        <g key={label}>
          <line x1={x} x2={x} y1={base} y2={base + 4} />
          <text x={x} y={base + 15} text-anchor={x < 12 ? 'start' : x > width - 12 ? 'end' : 'middle'}>
            {label}
            {index === ticks.length - 1 ? unit : ''}
          </text>
        </g>
      ))}
    </svg>
  );
}
