import type { ComponentChildren } from 'preact';
import type { NormalizationLayer } from '../../../src/core/analysis/layers';
import type { RowStatistics } from '../../../src/core/analysis/rows';
import type { TensorInfo } from '../../../src/core/tensor/tensor';
import { counted, formatBytes, formatCount, formatNumber } from '../../../src/core/text/numbers';
import { hasShape, parametersOf, type Branch } from './tree';

/** CSS pixels; `.tree .row` has the same. */
export const rowHeight = 22;

interface Placed {
  readonly id: string;
  /** CSS pixels from the top of all rows. */
  readonly top: number;
  /** From 1. */
  readonly level: number;
  /** From 1, the heads counted. */
  readonly place: number;
  readonly focused: boolean;
  click(): void;
}

const kindLabels: Readonly<Record<NormalizationLayer['kind'], string>> = {
  batch: 'BatchNorm',
  layer: 'LayerNorm',
  rms: 'RMSNorm',
  group: 'GroupNorm',
  instance: 'InstanceNorm',
};

/** A row; `level` is that of a tree. */
export function Frame({ id, top, level, place, focused, click, expanded, kind, children }: Omit<Placed, 'level'> & { level?: number; expanded?: boolean; kind: string; children: ComponentChildren }) {
  return (
    <div
      id={id}
      class={`row ${kind} ${focused ? 'focused' : ''}`}
      role="row"
      aria-level={level}
      aria-rowindex={place}
      aria-expanded={expanded}
      aria-selected={focused}
      style={{ transform: `translateY(${top}px)` }}
      onClick={click}
    >
      {children}
    </div>
  );
}

export function Name({ level, twistie, label, title, layer, odd = '' }: { level: number; twistie: string; label: string; title: string; layer: NormalizationLayer | undefined; odd?: string }) {
  return (
    <div role="gridcell" class="name" title={title} style={{ paddingLeft: `${(level - 1) * 14}px` }}>
      <i class="twistie" aria-hidden="true">{twistie}</i>
      <span class="label">{label}</span>
      {layer !== undefined && <span class={`kind method-${layer.kind}`}><i class="swatch" />{kindLabels[layer.kind]}</span>}
      {odd !== '' && <span class="odd">{odd}</span>}
    </div>
  );
}

interface BranchRowProps extends Placed {
  readonly branch: Branch;
  readonly isOpen: boolean;
  readonly layer: NormalizationLayer | undefined;
}

/** A branch says what is in it, added up. */
export function BranchRow({ branch, isOpen, layer, ...placed }: BranchRowProps) {
  return (
    <Frame {...placed} kind="branch" expanded={isOpen}>
      <Name level={placed.level} twistie={isOpen ? '▾' : '▸'} label={branch.label || '(no name)'} title={branch.path} layer={layer} />
      <div role="gridcell" class="dim wide">{counted(branch.tensors, 'tensor')}</div>
      <div role="gridcell" class="numeric">{formatCount(branch.parameters)}</div>
      <div role="gridcell" class="numeric">{formatBytes(branch.bytes)}</div>
    </Frame>
  );
}

interface LeafRowProps extends Placed {
  readonly label: string;
  readonly info: TensorInfo;
  readonly statistics: RowStatistics | undefined;
  readonly layer: NormalizationLayer | undefined;
}

export function LeafRow({ label, info, statistics, layer, ...placed }: LeafRowProps) {
  const { name, dtype, storedDtype, shape, bytes, status, reason } = info;
  return (
    <Frame {...placed} kind={`leaf ${status}`}>
      <Name level={placed.level} twistie="" label={label || '(no name)'} title={reason ?? name} layer={layer} odd={oddOnes(statistics)} />
      <div role="gridcell" class="mono" title={storedDtype}>{dtype ?? storedDtype}</div>
      <div role="gridcell" class="mono">{!hasShape(info) ? '–' : shape.length === 0 ? 'scalar' : shape.map(formatCount).join(' × ')}</div>
      <div role="gridcell" class="numeric">{hasShape(info) ? formatCount(parametersOf(info)) : '–'}</div>
      <div role="gridcell" class="numeric">{formatBytes(bytes)}</div>
      <Numbers status={status} reason={reason} statistics={statistics} />
    </Frame>
  );
}

/** What there is beside finite elements. */
function oddOnes(statistics: RowStatistics | undefined): string {
  if (statistics === undefined || 'error' in statistics) return '';
  const { nan, infinite } = statistics;
  return [...(nan > 0 ? [`${formatCount(nan)} NaN`] : []), ...(infinite > 0 ? [`${formatCount(infinite)} ±Inf`] : [])].join(', ');
}

function Numbers({ status, reason, statistics }: Pick<TensorInfo, 'status' | 'reason'> & { readonly statistics: RowStatistics | undefined }) {
  if (status !== 'readable') return <div role="gridcell" class="why" title={reason ?? ''}>{`${status}: ${reason ?? ''}`}</div>;
  if (statistics !== undefined && 'error' in statistics) return <div role="gridcell" class="why" title={statistics.error}>{statistics.error}</div>;
  const numbers = statistics === undefined ? [null, null, null, null] : [statistics.mean, statistics.std, statistics.min, statistics.max];
  return (
    <>
      {numbers.map((value, place) => (
        // Columns have no name here but their place.
        <div role="gridcell" key={place} class="numeric" title={value === null ? undefined : String(value)}>
          {value === null ? (statistics === undefined ? '·' : '–') : formatNumber(Number(value), 3)}
        </div>
      ))}
    </>
  );
}
