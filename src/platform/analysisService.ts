import { Worker } from 'node:worker_threads';
import type { Comparison, ComparisonRequest } from '../core/analysis/comparison';
import type { Normalized, NormalizeRequest } from '../core/analysis/normalize';
import type { PairRow } from '../core/analysis/pairRow';
import type { TensorPair } from '../core/analysis/pairs';
import type { AnalysisRequest, Report } from '../core/analysis/report';
import type { RowStatistics } from '../core/analysis/rows';
import type { Slice, SliceRequest } from '../core/analysis/slice';
import type { TilesRequest } from '../core/analysis/tiles';
import type { Tile } from '../core/engine/tile';
import { fromErrorData, NormoscopeError, throwIfCancelled } from '../core/errors';
import type { AttachedFile, ComparedFile } from '../protocol/attachments';
import type { FileRef, InspectResult, WorkerApi, WorkerClientApi, WorkerReply } from '../protocol/messages';
import { connect, type Rpc } from '../protocol/rpc';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Partial reports (`progress < 1`) while the bytes stream in. */
  readonly onPartial?: (partial: Report) => void;
  /** Of `rows`: a tensor's statistics. */
  readonly onRow?: (tensor: number, statistics: RowStatistics) => void;
  /** Of `pairRows`: a row, by its place among those asked for. */
  readonly onPairRow?: (place: number, row: PairRow) => void;
  /** Of `normalize`, `compare` and `sha256`: the share that is done, from 0 to 1. */
  readonly onShare?: (done: number) => void;
}

export interface AnalyzeCallOptions extends CallOptions {
  /** Tensors that the request's parameters and its mask are read from. */
  readonly attached?: readonly AttachedFile[];
}

/**
 * The analysis worker seen from the extension host: started with the first question, restarted after a death. Nothing
 * is computed in the host, so its event loop stays free.
 */
export interface AnalysisService {
  /** The header alone. @throws NormoscopeError as the reading does; `worker-lost` when the thread dies */
  inspect(file: FileRef, options?: CallOptions): Promise<InspectResult>;
  /** @throws NormoscopeError as `inspect` */
  analyze(file: FileRef, request: AnalysisRequest, options?: AnalyzeCallOptions): Promise<Report>;
  /** Statistics of tensors, one after the other: `onRow` hears of each. @throws NormoscopeError as `inspect`, of the file */
  rows(file: FileRef, tensors: readonly number[], options?: CallOptions): Promise<null>;
  /** Pairs of tensors of two files, one after the other: `onPairRow` hears of each. @throws NormoscopeError as `inspect`, of either file */
  pairRows(file: FileRef, other: FileRef, pairs: readonly TensorPair[], options?: CallOptions): Promise<null>;
  /** A tensor beside another. @throws NormoscopeError as `inspect`, of either file */
  compare(file: FileRef, request: ComparisonRequest & { readonly tensor: number }, other: ComparedFile, options?: CallOptions): Promise<Comparison>;
  /** Elements of a tensor. @throws NormoscopeError as `inspect`, and as `TensorFile.slice` */
  slice(file: FileRef, tensor: number, request: SliceRequest, options?: CallOptions): Promise<Slice>;
  /** Pixels of windows, by the statistics of an analysis. @throws NormoscopeError as `inspect`, and as `TensorFile.tiles` */
  tiles(file: FileRef, analysis: AnalysisRequest, request: TilesRequest, options?: AnalyzeCallOptions): Promise<readonly Tile[]>;
  /**
   * Writes a tensor, normalized, to the path `out`: whole, or not at all.
   * @throws NormoscopeError as `inspect`, and for what cannot be written
   */
  normalize(file: FileRef, request: NormalizeRequest, out: string, options?: AnalyzeCallOptions): Promise<Normalized>;
  /** SHA-256 of the whole file, hexadecimal. @throws NormoscopeError as `inspect` */
  sha256(file: FileRef, options?: CallOptions): Promise<string>;
  /** Kills the thread, as a fault would: what waits fails with `worker-lost`, and the next question starts another. */
  kill(): Promise<void>;
  /** Threads that run now: 0 or 1. */
  readonly threads: number;
  /** Ends the thread for good. */
  dispose(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  readonly calls: Rpc<WorkerApi, WorkerClientApi>;
  readonly lost: Promise<never>;
}

/**
 * @param script path of the worker's bundle
 * @param onError hears of what the worker prints and of faults between the threads
 */
export function createAnalysisService(script: string, onError: (error: Error) => void): AnalysisService {
  const listeners = new Map<number, CallOptions>();
  /** Running jobs that leave a file half-written if the thread just ends. */
  const writing = new Map<number, Promise<unknown>>();
  let running: Running | null = null;
  let disposed = false;
  let lastJob = 0;

  function start(): Running {
    const worker = new Worker(script, { stderr: true });
    // A thread that is only waiting must not keep the process alive.
    worker.unref();
    worker.stderr.on('data', (text) => onError(new Error(String(text).trim())));
    const lost = new Promise<never>((_, reject) => {
      worker.once('error', (error) => onError(error instanceof Error ? error : new Error(String(error))));
      worker.once('exit', () => {
        if (running?.worker === worker) running = null;
        reject(
          disposed
            ? new NormoscopeError('cancelled', 'Cancelled.')
            : new NormoscopeError('worker-lost', 'The analysis thread stopped unexpectedly. Retry starts a new one.'),
        );
      });
    });
    // Whoever waits hears of it; with nobody waiting it is not an unhandled rejection.
    lost.catch(() => undefined);
    const calls = connect<WorkerApi, WorkerClientApi>(
      { post: (message) => worker.postMessage(message), on: (listener) => void worker.on('message', listener) },
      {
        progress: (job, partial) => listeners.get(job)?.onPartial?.(partial),
        share: (job, done) => listeners.get(job)?.onShare?.(done),
        row: (job, tensor, statistics) => listeners.get(job)?.onRow?.(tensor, statistics),
        pairRow: (job, place, row) => listeners.get(job)?.onPairRow?.(place, row),
      },
      { onError, form: 'clones' },
    );
    return { worker, calls, lost };
  }

  async function call<T>(
    options: CallOptions,
    work: (calls: Rpc<WorkerApi, WorkerClientApi>, job: number) => Promise<WorkerReply<T>>,
  ): Promise<T> {
    const { signal } = options;
    throwIfCancelled(signal);
    if (disposed) throw new NormoscopeError('cancelled', 'Cancelled.');
    running ??= start();
    const { calls, lost } = running;
    const job = ++lastJob;
    listeners.set(job, options);
    const cancel = () => void calls.cancel.asEvent(job);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const reply = await Promise.race([work(calls, job), lost]);
      if (reply.ok) return reply.value;
      throw fromErrorData(reply.error);
    } finally {
      listeners.delete(job);
      signal?.removeEventListener('abort', cancel);
    }
  }

  async function stop(): Promise<void> {
    await running?.worker.terminate();
  }

  return {
    inspect: (file, options = {}) => call(options, (calls, job) => calls.inspect(job, file)),
    analyze: (file, request, options = {}) => call(options, (calls, job) => calls.analyze(job, file, request, options.attached ?? [])),
    rows: (file, tensors, options = {}) => call(options, (calls, job) => calls.rows(job, file, tensors)),
    pairRows: (file, other, pairs, options = {}) => call(options, (calls, job) => calls.pairRows(job, file, other, pairs)),
    compare: (file, request, other, options = {}) => call(options, (calls, job) => calls.compare(job, file, request, other)),
    slice: (file, tensor, request, options = {}) => call(options, (calls, job) => calls.slice(job, file, tensor, request)),
    tiles: (file, analysis, request, { attached = [], ...options } = {}) =>
      call(options, (calls, job) => calls.tiles(job, file, analysis, attached, request)),
    normalize: (file, request, out, options = {}) =>
      call(options, (calls, job) => {
        const reply = calls.normalize(job, file, request, out, options.attached ?? []);
        // Kept until it has ended, also when whoever asked has stopped waiting.
        const ended = Promise.race([reply, running?.lost]).catch(() => undefined);
        writing.set(job, ended.finally(() => writing.delete(job)));
        return reply;
      }),
    sha256: (file, options = {}) => call(options, (calls, job) => calls.sha256(job, file)),
    kill: stop,
    get threads() {
      return running === null ? 0 : 1;
    },
    async dispose() {
      disposed = true;
      for (const job of writing.keys()) void running?.calls.cancel.asEvent(job);
      await Promise.race([Promise.all(writing.values()), running?.lost.catch(() => undefined)]);
      await stop();
    },
  };
}
