import type { DType } from '../../tensor/dtype';
import type { NormalizeMethod } from '../normalize';
import { isApplicable, type MethodReport, type Report } from '../report';
import { flax } from './flax';
import { keras } from './keras';
import { codeMethods, type FrameworkId } from './methods';
import { onnx } from './onnx';
import { pytorch } from './pytorch';

/** What a snippet computes, and of which tensor. */
export interface CodeRequest {
  readonly method: NormalizeMethod;
  readonly shape: readonly number[];
  /** Role letters, one per axis. */
  readonly roles: string;
  readonly dtype: DType;
  readonly eps: number;
  /** LayerNorm's and RMSNorm's, ascending. */
  readonly reducedAxes: readonly number[];
  /** GroupNorm's. */
  readonly numGroups: number;
  /** Which of γ and β there are, as `weight` and `bias`; absent: none. */
  readonly given?: GivenNames;
}

export interface GivenNames {
  readonly weight: boolean;
  readonly bias: boolean;
}

const writers: Readonly<Record<FrameworkId, (request: CodeRequest) => string>> = { pytorch, flax, keras, onnx };

/**
 * Python that computes `y` from `x` as the method does: the same axes, the same eps, and what is moved where the framework wants
 * its channels elsewhere. Running statistics start as the framework's do; for `batch-eval` they are `running_mean` and
 * `running_var`, (C). γ and β, where there are any, are `weight` and `bias`. The command that copies it and the tests that run it hold one text.
 */
export function normalizationCode(framework: FrameworkId, request: CodeRequest): string {
  return writers[framework](request);
}

/**
 * The code of one of `codeMethods`; null where the method does not apply. A mask has no part in it, and the code says so.
 * @param attached γ and β that the report was computed with; of the methods that they are of alone
 */
export function reportCode(report: Report, id: NormalizeMethod, framework: FrameworkId, attached: GivenNames = { weight: false, bias: false }): string | null {
  if (!codeMethods(report).some((method) => method.id === id)) return null;
  const method = report.methods.find((candidate): candidate is MethodReport => candidate.id === id && isApplicable(candidate));
  const { tensor, layout, eps, mask, affine } = report;
  const code = normalizationCode(framework, {
    method: id,
    shape: tensor.shape,
    roles: layout.roles,
    dtype: tensor.dtype,
    eps,
    reducedAxes: method?.reducedAxes ?? [],
    numGroups: method?.numGroups ?? 1,
    ...(affine.includes(id === 'batch-eval' ? 'batch' : id) && { given: attached }),
  });
  return mask === null ? code : `# Normoscope leaves masked positions out of the statistics; this does not.\n${code}`;
}
