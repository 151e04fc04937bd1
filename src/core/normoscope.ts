import { analyze, type AnalyzeOptions } from './analysis/analyze';
import { inspect, type TensorContents } from './analysis/inspect';
import type { AnalysisRequest, Report } from './analysis/report';
import { diagnose } from './diagnostics/registry';
import type { Engine, PassOptions } from './engine/engine';
import { openFile } from './formats/registry';
import { defaultLimits, type Limits } from './limits';
import type { ByteSource } from './tensor/byteSource';
import type { Catalog } from './tensor/tensor';

/** A tensor file whose header has been read: the core's front door, for the worker and the command line alike. */
export interface TensorFile {
  readonly catalog: Catalog;
  /** @throws NormoscopeError when the tensor is not readable, the options do not fit, or the reading fails */
  analyze(engine: Engine, request: AnalysisRequest, options?: AnalyzeOptions): Promise<Report>;
  /**
   * Statistics and the first and last elements of one tensor.
   * @throws NormoscopeError as `analyze`
   */
  inspect(engine: Engine, tensor: number, options?: PassOptions): Promise<TensorContents>;
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
      const { report, evidence } = await analyze(source, file, engine, request, limits, options);
      await source.verify();
      return { ...report, findings: diagnose(evidence) };
    },
    async inspect(engine, tensor, options = {}) {
      const contents = await inspect(file, engine, tensor, options);
      await source.verify();
      return contents;
    },
  };
}
