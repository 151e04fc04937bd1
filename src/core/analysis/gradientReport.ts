import type { Engine } from '../engine/engine';
import type { MethodId } from '../engine/normalizations/normalization';
import { NormoscopeError } from '../errors';
import { formatNumber } from '../text/numbers';
import type { GradientRequest, Gradients } from './backward';
import { summary } from './inference';
import type { NormalizeOptions } from './normalize';
import { isApplicable, seriesInReport, type AnalysisRequest, type Report } from './report';

/** What a gradient becomes on its way through a normalization. */
export interface MethodGradient {
  readonly id: MethodId;
  readonly label: string;
  /** L2 norms of dX, one per sample; null for more than `seriesInReport`. */
  readonly norms: Float64Array | null;
  /** Of those norms. */
  readonly sizes: { readonly median: number; readonly max: number } | null;
  /** L2 norms of dγ and dβ. */
  readonly weight: number | null;
  readonly bias: number | null;
  /** Elements of dX that are NaN or infinite. */
  readonly notFinite: number;
}

/** An upstream gradient through LayerNorm and BatchNorm, in training. */
export interface GradientReport {
  /** L2 norms of the upstream gradient, one per sample; null as above. */
  readonly upstream: Float64Array | null;
  readonly sizes: { readonly median: number; readonly max: number } | null;
  readonly methods: readonly MethodGradient[];
}

/** `TensorFile.backward` of the tensor, and of the gradient that is given. */
export type Backward = (engine: Engine, request: GradientRequest, options: NormalizeOptions) => Promise<Gradients>;

/**
 * Reads both tensors twice for each method. γ is that of the request, where the method takes it. What a mask leaves out has no part
 * in any of it.
 * @throws NormoscopeError as the reading does; what does not fit is said in the report instead
 */
export async function gradientReport(backward: Backward, engine: Engine, request: AnalysisRequest, report: Report, options: NormalizeOptions): Promise<Report['gradients']> {
  const { tensor, layout, normalizedDims, normalizedAxes, eps, parameters, mask } = request;
  const plan = { tensor, ...(layout !== undefined && { layout }), ...(normalizedDims !== undefined && { normalizedDims }), ...(normalizedAxes !== undefined && { normalizedAxes }), ...(eps !== undefined && { eps }), ...(mask !== undefined && { mask }) };
  const methods: MethodGradient[] = [];
  let upstream: Float64Array | null = null;
  try {
    for (const method of report.methods) {
      const { id, label } = method;
      if ((id !== 'layer' && id !== 'batch') || !isApplicable(method)) continue;
      const weight = report.affine.includes(id) && parameters?.weight !== undefined ? { weight: parameters.weight } : {};
      const found = await backward(engine, { ...plan, ...weight, method: id, parameterGradients: true }, options);
      upstream = found.gradientNorms;
      methods.push({
        id,
        label,
        norms: kept(found.inputNorms),
        sizes: sizesOf(found.inputNorms),
        weight: found.weight === null ? null : normOf(found.weight.values),
        bias: found.bias === null ? null : normOf(found.bias.values),
        notFinite: found.notFinite,
      });
    }
  } catch (error) {
    if (!(error instanceof NormoscopeError) || (error.code !== 'usage' && error.code !== 'unsupported')) throw error;
    return { notApplicable: error.message.replace(/\.$/, '') };
  }
  return { upstream: kept(upstream), sizes: sizesOf(upstream), methods };
}

function kept(norms: Float64Array | null): Float64Array | null {
  return norms === null || norms.length > seriesInReport ? null : norms;
}

function sizesOf(norms: Float64Array | null): GradientReport['sizes'] {
  return norms === null ? null : summary(norms);
}

function normOf(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** For people: how large the gradient is behind each method. */
export function gradientText({ sizes, methods }: GradientReport): string[] {
  if (sizes === null) return [];
  const of = ({ median, max }: { median: number; max: number }) => `${formatNumber(median, 3)} (median), at most ${formatNumber(max, 3)}`;
  return [
    `The upstream gradient has norms of ${of(sizes)} a sample.`,
    ...methods.flatMap(({ label, sizes: own, weight, bias, notFinite }) => {
      if (own === null) return [];
      const parameters = weight === null || bias === null ? '' : `; dγ has the norm ${formatNumber(weight, 3)}, dβ ${formatNumber(bias, 3)}`;
      const broken = notFinite === 0 ? '' : `; ${formatNumber(notFinite)} of its elements are NaN or infinite`;
      return [`Through ${label} dX has ${of(own)}${parameters}${broken}.`];
    }),
  ];
}
