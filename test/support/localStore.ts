import fs from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';
import type { AnalysisRequest } from '../../src/core/analysis/report';
import { rowStatistics } from '../../src/core/analysis/rows';
import type { ViewMaps } from '../../src/core/analysis/tiles';
import { createWasmEngine } from '../../src/core/engine/wasmEngine';
import { openTensorFile, type TensorFile } from '../../src/core/normoscope';
import type { ByteSource } from '../../src/core/tensor/byteSource';
import type { AnalyzeOptions, TensorStore } from '../../src/features/tensorStore';
import { siblingTensors } from '../../src/features/siblings';
import { withAttached, withGradient } from '../../src/platform/attached';
import { openFileSource } from '../../src/platform/fileByteSource';
import type { FileRef } from '../../src/protocol/messages';
import { inProject } from './root';

/** What an editor's session asks of a `TensorStore`, answered by the same core without a thread and without VS Code. */
export function localStore(): TensorStore {
  const engine = createWasmEngine(new WebAssembly.Module(fs.readFileSync(inProject('dist', 'engine.wasm'))));
  const measured = new Map<string, ViewMaps>();
  /** What is attached, and where it is read. */
  const readingOf = (own: TensorFile, uri: vscode.Uri, { attached = [], signal = new AbortController().signal }: AnalyzeOptions) => {
    const files = attached.map((one) => ({ ...one, fileName: path.basename(one.uri.fsPath), file: one.uri.fsPath === uri.fsPath ? null : ({ kind: 'path', path: one.uri.fsPath } as const) }));
    const withFile = <T>(file: FileRef, work: (of: ByteSource) => Promise<T>) => withSource({ fsPath: 'path' in file ? file.path : '' } as vscode.Uri, work);
    return [files, { engine, own, signal, withSource: withFile }] as const;
  };
  const store: Pick<TensorStore, 'identity' | 'inspect' | 'siblings' | 'analyze' | 'compare' | 'pairRows' | 'rows' | 'slice' | 'tiles'> = {
    identity: async (uri) => {
      const { size, mtimeNs } = await stat(uri.fsPath, { bigint: true });
      return `${size}:${mtimeNs}`;
    },
    inspect: (uri) =>
      withSource(uri, async (source) => {
        const { catalog, parts } = await openTensorFile(source);
        return { catalog, bytes: source.size, identity: source.identity, parts };
      }),
    siblings: (uri) => siblingTensors(uri, (other) => store.inspect(other), (name) => fileUri(path.join(path.dirname(uri.fsPath), name))),
    analyze: (uri: vscode.Uri, request: AnalysisRequest, options: AnalyzeOptions = {}) =>
      withSource(uri, async (source) => {
        const own = await openTensorFile(source);
        const onViews = (maps: ViewMaps) => void measured.set(measuredKey(uri, source, request, options), maps);
        const [files, reading] = readingOf(own, uri, options);
        const read = await withAttached(request, files, reading);
        return withGradient(await own.analyze(engine, read, { ...options, onViews }), read, files, reading);
      }),
    tiles: (uri, analysis, request, options = {}) =>
      withSource(uri, async (source) => {
        const file = await openTensorFile(source);
        const known = measured.get(measuredKey(uri, source, analysis, options));
        return file.tiles(engine, known ?? (await file.views(engine, await withAttached(analysis, ...readingOf(file, uri, options)))), request, options.signal);
      }),
    compare: (uri, request, other, options = {}) =>
      withSource(uri, async (source) =>
        withSource(other.uri, async (otherSource) => (await openTensorFile(source)).compare(engine, request, { file: await openTensorFile(otherSource), tensor: other.tensor }, options)),
      ),
    pairRows: (uri, other, pairs, { signal, onPairRow }) =>
      withSource(uri, async (source) =>
        withSource(other, async (otherSource) => {
          const [own, file] = [await openTensorFile(source), await openTensorFile(otherSource)];
          for (const [place, pair] of pairs.entries()) {
            onPairRow?.(place, await own.pairRow(engine, pair.one, { file, tensor: pair.other }, signal === undefined ? {} : { signal }));
            signal?.throwIfAborted();
          }
        }),
      ),
    slice: (uri, tensor, request, { signal } = {}) =>
      withSource(uri, async (source) => (await openTensorFile(source)).slice(engine, tensor, request, signal)),
    rows: (uri, tensors, { signal, onRow }) =>
      withSource(uri, async (source) => {
        const file = await openTensorFile(source);
        for (const tensor of tensors) {
          const contents = file.inspect(engine, tensor, signal === undefined ? {} : { signal });
          onRow?.(tensor, await rowStatistics(contents.then(({ statistics }) => statistics)));
        }
      }),
  };
  return store as TensorStore;
}

/** What a session knows of a URI, without VS Code. */
export function fileUri(file: string): vscode.Uri {
  return { scheme: 'file', path: file, fsPath: file, toString: () => `file://${file}` } as vscode.Uri;
}

function measuredKey(uri: vscode.Uri, { identity }: ByteSource, request: AnalysisRequest, { attached = [] }: AnalyzeOptions): string {
  return `${uri.fsPath} ${identity} ${JSON.stringify([request, ...attached])}`;
}

async function withSource<T>(uri: vscode.Uri, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFileSource(uri.fsPath);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
