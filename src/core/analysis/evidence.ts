import type { MomentTable } from '../engine/moments';
import type { MethodId, Plan } from '../engine/normalizations/normalization';
import type { Quantiles } from '../engine/quantiles';
import type { Layout } from '../tensor/layout';
import type { TensorInfo, Warning } from '../tensor/tensor';
import type { OutlierCounts } from './outliers';
import type { Padding } from './padding';
import type { PrecisionReport } from './precision';
import type { BatchSizePoint } from './report';

/** What the diagnostic rules look at beside the report: the moments of every group, never the tensor itself. */
export interface Evidence {
  readonly tensor: TensorInfo;
  readonly layout: Layout;
  readonly eps: number;
  readonly overall: MomentTable;
  /** For each normalization that applies, how it shares statistics and the moments of its groups. */
  readonly methods: ReadonlyMap<MethodId, { readonly plan: Plan; readonly table: MomentTable }>;
  /** Padding at the end of sequences; null where there is none, where it cannot be told, and where a mask has left it out. */
  readonly padding: Padding | null;
  /** Row-major index of the first NaN or infinite element, or -1. */
  readonly firstNotFinite: number;
  /** Elements that are subnormal in the type they are stored in. */
  readonly subnormal: number;
  /** Of the finite elements; null where there is none. */
  readonly quantiles: Quantiles | null;
  /** Null where no feature can be an outlier feature. */
  readonly outliers: OutlierCounts | null;
  /** As in the report: the last is the batch of all samples. */
  readonly batchSize: readonly BatchSizePoint[];
  /** Of the arithmetics that were asked for. */
  readonly precision: readonly PrecisionReport[];
  /** What is odd about the file as a whole. */
  readonly warnings: readonly Warning[];
}
