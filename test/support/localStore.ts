import fs from 'node:fs';
import { stat } from 'node:fs/promises';
import type * as vscode from 'vscode';
import type { AnalysisRequest } from '../../src/core/analysis/report';
import { rowStatistics } from '../../src/core/analysis/rows';
import type { ViewMaps } from '../../src/core/analysis/tiles';
import { createWasmEngine } from '../../src/core/engine/wasmEngine';
import { openTensorFile } from '../../src/core/normoscope';
import type { ByteSource } from '../../src/core/tensor/byteSource';
import type { TensorStore } from '../../src/features/tensorStore';
import type { CallOptions } from '../../src/platform/analysisService';
import { openFileSource } from '../../src/platform/fileByteSource';
import { inProject } from './root';

/** What an editor's session asks of a `TensorStore`, answered by the same core without a thread and without VS Code. */
export function localStore(): TensorStore {
  const engine = createWasmEngine(new WebAssembly.Module(fs.readFileSync(inProject('dist', 'engine.wasm'))));
  const measured = new Map<string, ViewMaps>();
  const store: Pick<TensorStore, 'identity' | 'inspect' | 'analyze' | 'rows' | 'slice' | 'tiles'> = {
    identity: async (uri) => {
      const { size, mtimeNs } = await stat(uri.fsPath, { bigint: true });
      return `${size}:${mtimeNs}`;
    },
    inspect: (uri) =>
      withSource(uri, async (source) => {
        const { catalog } = await openTensorFile(source);
        return { catalog, bytes: source.size, identity: source.identity };
      }),
    analyze: (uri: vscode.Uri, request: AnalysisRequest, options: CallOptions = {}) =>
      withSource(uri, async (source) => {
        const onViews = (maps: ViewMaps) => void measured.set(`${uri.fsPath} ${source.identity} ${JSON.stringify(request)}`, maps);
        return (await openTensorFile(source)).analyze(engine, request, { ...options, onViews });
      }),
    tiles: (uri, analysis, request, { signal } = {}) =>
      withSource(uri, async (source) => {
        const file = await openTensorFile(source);
        const maps = measured.get(`${uri.fsPath} ${source.identity} ${JSON.stringify(analysis)}`) ?? (await file.views(engine, analysis));
        return file.tiles(engine, maps, request, signal);
      }),
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

async function withSource<T>(uri: vscode.Uri, work: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFileSource(uri.fsPath);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
