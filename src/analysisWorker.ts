import { parentPort } from 'node:worker_threads';
import type { AnalysisRequest, Report } from './core/analysis/report';
import { rowStatistics } from './core/analysis/rows';
import { viewMapsBytes, type ViewMaps } from './core/analysis/tiles';
import { toErrorData } from './core/errors';
import { openTensorFile } from './core/normoscope';
import type { ByteSource } from './core/tensor/byteSource';
import { normalizingAttached, withAttached, withGradient, withOther } from './platform/attached';
import { SizedCache } from './platform/cache';
import { loadEngine } from './platform/engineLoader';
import { writeFileWhole } from './platform/fileByteSink';
import { openFileSource } from './platform/fileByteSource';
import { KeptFile } from './platform/keptFile';
import { memoryFile } from './platform/memoryFile';
import { sha256 } from './platform/sha256';
import type { AttachedFile } from './protocol/attachments';
import type { FileRef, WorkerApi, WorkerClientApi, WorkerReply } from './protocol/messages';
import { connect, type Rpc } from './protocol/rpc';

/**
 * Composition root of the analysis thread: opens files itself, so that no tensor's bytes ever pass through the
 * extension host's memory, and computes one analysis at a time.
 */

/** Partial reports and shares a second, at most: more are not seen and cost copies. */
const partialsPerSecond = 10;

/** Bytes of statistics that are kept of analyses: of two tensors with a million groups each. */
const measuredBytes = 64 * 1024 * 1024;

const port = parentPort;
if (port === null) throw new Error('The analysis worker runs only as a worker thread.');

const running = new Map<number, AbortController>();
let engine: ReturnType<typeof loadEngine> | null = null;
/** The file whose elements are being looked at. */
const looked = new KeptFile();
/** What the views of the last analyses map elements by, for pixels that are asked for later. */
const measured = new SizedCache<ViewMaps>(measuredBytes);
let analyses: Promise<unknown> = Promise.resolve();

const api: WorkerApi = {
  inspect: (job, file) =>
    attempt(job, async (signal) =>
      withSource(file, async (source) => {
        const { catalog, parts, verify } = await openTensorFile(source, undefined, signal);
        // A header that was read while the file was written may be half of each.
        await verify();
        return { catalog, bytes: source.size, identity: source.identity, parts };
      }),
    ),

  analyze: (job, file, request, attached) =>
    attempt(job, (signal) => {
      const analysis = analyses.then(async () => {
        signal.throwIfAborted();
        engine ??= loadEngine();
        const kernels = await engine;
        return withSource(file, async (source) => {
          const tensorFile = await openTensorFile(source, undefined, signal);
          const reading = { engine: kernels, own: tensorFile, signal, withSource };
          const read = await withAttached(request, attached, reading);
          const report = await tensorFile.analyze(kernels, read, {
            signal,
            onPartial: throttled((partial: Report) => void client.progress.asEvent(job, partial)),
            onViews: (maps) => measured.set(measuredKey(file, source, request, attached), maps, viewMapsBytes(maps)),
          });
          return withGradient(report, read, attached, reading);
        });
      });
      // The next analysis starts when this one has ended, however it ended.
      analyses = analysis.catch(() => undefined);
      return analysis;
    }),

  // Beside the analyses: a tensor that takes minutes to write must not keep every editor waiting.
  normalize: (job, file, request, out, attached) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return withSource(file, async (source) => {
        const tensorFile = await openTensorFile(source, undefined, signal);
        const report = throttled((share: number) => void client.share.asEvent(job, share));
        const whole = await normalizingAttached(request, attached, { engine: kernels, own: tensorFile, signal, withSource });
        const inputs = [file, ...attached.map((one) => one.file)].flatMap((one) => (one?.kind === 'path' ? [one.path] : []));
        return writeFileWhole(out, inputs, (sink) => tensorFile.normalize(kernels, whole, sink, { signal, onProgress: report }));
      });
    }),

  rows: (job, file, tensors) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return withSource(file, async (source) => {
        const tensorFile = await openTensorFile(source, undefined, signal);
        for (const tensor of tensors) {
          const contents = tensorFile.inspect(kernels, tensor, { signal });
          void client.row.asEvent(job, tensor, await rowStatistics(contents.then(({ statistics }) => statistics)));
          signal.throwIfAborted();
        }
        return null;
      });
    }),

  pairRows: (job, file, other, pairs) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return withSource(file, async (source) =>
        withSource(other, async (otherSource) => {
          const own = await openTensorFile(source, undefined, signal);
          const others = await openTensorFile(otherSource, undefined, signal);
          for (const [place, pair] of pairs.entries()) {
            void client.pairRow.asEvent(job, place, await own.pairRow(kernels, pair.one, { file: others, tensor: pair.other }, { signal }));
            signal.throwIfAborted();
          }
          return null;
        }),
      );
    }),

  compare: (job, file, { tensor, ...request }, other) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return withSource(file, async (source) => {
        const own = await openTensorFile(source, undefined, signal);
        const onProgress = throttled((share: number) => void client.share.asEvent(job, share));
        return withOther(other, { own, signal, withSource }, (otherFile) =>
          own.compare(kernels, { ...request, tensor }, { file: otherFile, tensor: other.tensor }, { signal, onProgress }),
        );
      });
    }),

  slice: (job, file, tensor, request) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return looked.use(nameOf(file), () => sourceOf(file), signal, (tensorFile) => tensorFile.slice(kernels, tensor, request, signal));
    }),

  tiles: (job, file, analysis, attached, request) =>
    attempt(job, async (signal) => {
      engine ??= loadEngine();
      const kernels = await engine;
      return looked.use(nameOf(file), () => sourceOf(file), signal, async (tensorFile, source) => {
        const key = measuredKey(file, source, analysis, attached);
        let maps = measured.get(key);
        if (maps === undefined) {
          const read = await withAttached(analysis, attached, { engine: kernels, own: tensorFile, signal, withSource });
          maps = await tensorFile.views(kernels, read, { signal });
          measured.set(key, maps, viewMapsBytes(maps));
        }
        return tensorFile.tiles(kernels, maps, request, signal);
      });
    }),

  sha256: (job, file) =>
    attempt(job, (signal) =>
      withSource(file, (source) => sha256(source, { signal, onShare: throttled((share: number) => void client.share.asEvent(job, share)) })),
    ),

  cancel(job) {
    running.get(job)?.abort();
  },
};

const client: Rpc<WorkerClientApi, WorkerApi> = connect<WorkerClientApi, WorkerApi>(
  { post: (message) => port.postMessage(message), on: (listener) => void port.on('message', listener) },
  api,
  { onError: (error) => console.error(error), form: 'clones' },
);

async function attempt<T>(job: number, work: (signal: AbortSignal) => Promise<T>): Promise<WorkerReply<T>> {
  const controller = new AbortController();
  running.set(job, controller);
  try {
    return { ok: true, value: await work(controller.signal) };
  } catch (error) {
    return { ok: false, error: toErrorData(error) };
  } finally {
    running.delete(job);
  }
}

/** What a file is known by while it is the same. */
function nameOf(file: FileRef): string {
  return file.kind === 'path' ? file.path : `${file.name}\n${file.identity}`;
}

function measuredKey(file: FileRef, { identity }: ByteSource, request: AnalysisRequest, attached: readonly AttachedFile[]): string {
  const others = attached.map((one) => ({ ...one, file: one.file === null ? null : nameOf(one.file) }));
  return `${nameOf(file)}\n${identity}\n${JSON.stringify([request, ...others])}`;
}

async function withSource<T>(file: FileRef, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await sourceOf(file);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function sourceOf(file: FileRef): Promise<ByteSource> {
  return file.kind === 'path' ? openFileSource(file.path) : memoryFile(file.name, file.bytes, file.identity);
}

function throttled<T>(tell: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = performance.now();
    if (now - last < 1000 / partialsPerSecond) return;
    last = now;
    tell(value);
  };
}
