import { analyze } from './analysis/analyze';
import type { AnalysisRequest, Report } from './analysis/report';
import { diagnose } from './diagnostics/registry';
import type { Engine } from './engine/engine';
import { openFile } from './formats/registry';
import { defaultLimits, type Limits } from './limits';
import type { ByteSource } from './tensor/byteSource';
import type { Catalog } from './tensor/tensor';

export interface AnalyzeOptions {
  readonly signal?: AbortSignal;
  /** Partial reports while the bytes stream in. */
  readonly onPartial?: (report: Report) => void;
}

/** A tensor file whose header has been read: the core's front door, for the worker and the command line alike. */
export interface TensorFile {
  readonly catalog: Catalog;
  /** @throws NormoscopeError when the tensor is not readable, the options do not fit, or the reading fails */
  analyze(engine: Engine, request: AnalysisRequest, options?: AnalyzeOptions): Promise<Report>;
}

/** @throws NormoscopeError as `Format.open`, and `not-recognized` when no format claims the file */
export async function openTensorFile(
  source: ByteSource,
  limits: Limits = defaultLimits,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const file = await openFile(source, limits, signal);
  return {
    catalog: file.catalog,
    async analyze(engine, request, options = {}) {
      const { report, evidence } = await analyze(source, file, engine, request, options);
      await source.verify();
      return { ...report, findings: diagnose(evidence) };
    },
  };
}
