import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Comparison, ComparisonRequest } from '../core/analysis/comparison';
import type { Normalized, NormalizeRequest } from '../core/analysis/normalize';
import type { TensorPair } from '../core/analysis/pairs';
import { isApplicable, type AnalysisRequest, type Report } from '../core/analysis/report';
import type { Slice, SliceRequest } from '../core/analysis/slice';
import type { TilesRequest } from '../core/analysis/tiles';
import type { Tile } from '../core/engine/tile';
import { NormoscopeError, toErrorData, type ErrorData } from '../core/errors';
import { formatsWithParts } from '../core/formats/endings';
import { defaultLimits } from '../core/limits';
import { formatBytes } from '../core/text/numbers';
import type { Catalog } from '../core/tensor/tensor';
import type { AnalysisService, CallOptions } from '../platform/analysisService';
import { SizedCache } from '../platform/cache';
import type { AttachedFile, ComparedFile } from '../protocol/attachments';
import type { FileRef, InspectResult } from '../protocol/messages';
import type { AttachedTensor, OtherTensor } from './attached';
import { KnownParts } from './knownParts';
import { siblingTensors, type SiblingTensors } from './siblings';

/** Bytes of reports and headers that are kept for the next question. */
const cacheBytes = 64 * 1024 * 1024;

export interface Analyzed {
  readonly uri: vscode.Uri;
  readonly report: Report;
}

export interface Inspected {
  readonly uri: vscode.Uri;
  readonly catalog: Catalog;
}

/** A file whose header could not be read. */
export interface Unread {
  readonly uri: vscode.Uri;
  readonly error: ErrorData;
}

export interface AnalyzeOptions extends CallOptions {
  /** Tensors that the request's parameters and its mask are read from. */
  readonly attached?: readonly AttachedTensor[];
}

/**
 * Questions about tensor files by URI, answered by the analysis thread and remembered by path, modification time, size
 * and options, and by those of the other files that a tensor is in. Everything that is shown of a file in VS Code comes from here.
 */
export class TensorStore {
  private readonly cache = new SizedCache<unknown>(cacheBytes);
  private readonly parts = new KnownParts();
  private readonly latest = new Map<string, { readonly identity: string; readonly report: Report }>();
  private readonly analyzed = new vscode.EventEmitter<Analyzed>();
  /** A new report: for the Problems panel and the Explorer. */
  readonly onDidAnalyze = this.analyzed.event;

  private readonly inspected = new vscode.EventEmitter<Inspected>();
  /** A header has been read: for what can be told of it alone. */
  readonly onDidInspect = this.inspected.event;

  private readonly unread = new vscode.EventEmitter<Unread>();
  readonly onDidFail = this.unread.event;

  constructor(private readonly service: AnalysisService) {}

  /**
   * Changes when the file may have changed, or another that tensors of it are in.
   * @param tensor that alone is asked about
   * @throws NormoscopeError `not-found` or `io`
   */
  async identity(uri: vscode.Uri, tensor?: number): Promise<string> {
    return this.parts.identity(uri, await ownIdentity(uri), tensor);
  }

  async size(uri: vscode.Uri): Promise<number> {
    return (await fileStat(uri)).size;
  }

  /** The header alone. The identity is that of `identity`, with the file's parts. */
  async inspect(uri: vscode.Uri, options: CallOptions = {}): Promise<InspectResult> {
    const result = await this.header(uri, options).catch((error: unknown) => {
      this.unread.fire({ uri, error: toErrorData(error) });
      throw error;
    });
    this.inspected.fire({ uri, catalog: result.catalog });
    return result;
  }

  /** Parameters in files of their own whose names pair with that of the file. */
  async siblings(uri: vscode.Uri, options: CallOptions = {}): Promise<SiblingTensors> {
    return siblingTensors(uri, (other) => this.header(other, options), (name) => vscode.Uri.joinPath(uri, '..', name));
  }

  async analyze(uri: vscode.Uri, request: AnalysisRequest, options: AnalyzeOptions = {}): Promise<Report> {
    const { attached = [] } = options;
    const own = await ownIdentity(uri);
    const identity = await this.parts.identity(uri, own, request.tensor);
    // Other files are others once they have changed.
    const others = await Promise.all(attached.map(async ({ uri: other, ...rest }) => [rest, other.toString(), await this.identity(other, rest.tensor)]));
    const isKnown = await Promise.all(attached.map(async ({ uri: other }) => this.parts.has(other, await ownIdentity(other))));
    const key = `${uri.toString()}\n${identity}\n${JSON.stringify([request, ...others])}`;
    let report = this.cache.get(key) as Report | undefined;
    if (report === undefined) {
      report = await this.service.analyze(await fileRef(uri, own), request, { ...options, attached: await this.attachedFiles(attached, uri) });
      const isWhole = this.parts.has(uri, own) || !formatsWithParts.includes(report.file.format);
      if (isWhole && !isKnown.includes(false)) this.cache.set(key, report, reportBytes(report));
    }
    this.latest.set(uri.toString(), { identity, report });
    this.analyzed.fire({ uri, report });
    return report;
  }

  /** Writes a tensor, normalized, to a path. Nothing is remembered of it. @throws NormoscopeError as `AnalysisService.normalize` */
  async normalize(uri: vscode.Uri, request: NormalizeRequest, out: string, options: AnalyzeOptions = {}): Promise<Normalized> {
    const attached = await this.attachedFiles(options.attached ?? [], uri);
    return this.service.normalize(await fileRef(uri, await ownIdentity(uri)), request, out, { ...options, attached });
  }

  /** Statistics of tensors, one after the other: `onRow` hears of each. @throws NormoscopeError as `AnalysisService.rows` */
  async rows(uri: vscode.Uri, tensors: readonly number[], options: CallOptions): Promise<void> {
    await this.service.rows(await fileRef(uri, await ownIdentity(uri)), tensors, options);
  }

  /** Pairs of tensors of two files, one after the other: `onPairRow` hears of each. @throws NormoscopeError as `AnalysisService.pairRows` */
  async pairRows(uri: vscode.Uri, other: vscode.Uri, pairs: readonly TensorPair[], options: CallOptions): Promise<void> {
    await this.service.pairRows(await fileRef(uri, await ownIdentity(uri)), await fileRef(other, await ownIdentity(other)), pairs, options);
  }

  /** A tensor beside another. Nothing is remembered of it. @throws NormoscopeError as `AnalysisService.compare` */
  async compare(uri: vscode.Uri, request: ComparisonRequest & { readonly tensor: number }, other: OtherTensor, options: CallOptions = {}): Promise<Comparison> {
    return this.service.compare(await fileRef(uri, await ownIdentity(uri)), request, await this.otherFile(other, uri), options);
  }

  /** Elements of a tensor. Nothing is remembered of them: the page does that. @throws NormoscopeError as `AnalysisService.slice` */
  async slice(uri: vscode.Uri, tensor: number, request: SliceRequest, options: CallOptions = {}): Promise<Slice> {
    return this.service.slice(await fileRef(uri, await ownIdentity(uri)), tensor, request, options);
  }

  /** Pixels of windows; as with `slice` nothing is remembered of them. @throws NormoscopeError as `AnalysisService.tiles` */
  async tiles(uri: vscode.Uri, analysis: AnalysisRequest, request: TilesRequest, options: AnalyzeOptions = {}): Promise<readonly Tile[]> {
    const attached = await this.attachedFiles(options.attached ?? [], uri);
    return this.service.tiles(await fileRef(uri, await ownIdentity(uri)), analysis, request, { ...options, attached });
  }

  /** SHA-256 of the whole file as it is now, hexadecimal. @throws NormoscopeError as `AnalysisService.sha256` */
  async sha256(uri: vscode.Uri, options: CallOptions = {}): Promise<string> {
    return this.service.sha256(await fileRef(uri, await ownIdentity(uri)), options);
  }

  /** The last report made of this file as it is now, without computing anything. */
  async known(uri: vscode.Uri): Promise<Report | null> {
    const last = this.latest.get(uri.toString());
    return last !== undefined && last.identity === (await this.identity(uri, last.report.tensor.index)) ? last.report : null;
  }

  forget(uri: vscode.Uri): void {
    this.latest.delete(uri.toString());
  }

  private async header(uri: vscode.Uri, options: CallOptions): Promise<InspectResult> {
    const key = (identity: string) => `${uri.toString()}\n${identity}\nheader`;
    const known = this.cache.get(key(await this.identity(uri))) as InspectResult | undefined;
    if (known !== undefined) return known;
    const read = await this.service.inspect(await fileRef(uri, await ownIdentity(uri)), options);
    const result = { ...read, identity: this.parts.learn(uri, read) };
    this.cache.set(key(result.identity), result, JSON.stringify(result).length);
    return result;
  }

  private attachedFiles(attached: readonly AttachedTensor[], own: vscode.Uri): Promise<AttachedFile[]> {
    return Promise.all(
      attached.map(async (one) => {
        const { role, methods, inverted } = one;
        return { role, ...(methods && { methods }), ...(inverted === true && { inverted }), ...(await this.otherFile(one, own)) };
      }),
    );
  }

  private async otherFile({ uri, tensor, tensorName }: OtherTensor, own: vscode.Uri): Promise<ComparedFile> {
    const isOwn = uri.toString() === own.toString();
    return { tensor, tensorName, fileName: uri.path.split('/').pop() ?? '', file: isOwn ? null : await fileRef(uri, await ownIdentity(uri)) };
  }
}

/** About what a report takes in memory: its arrays, and a little for the rest. */
function reportBytes({ views, methods, groupHistograms = [] }: Report): number {
  let bytes = 4096;
  for (const histograms of groupHistograms) bytes += 'counts' in histograms ? histograms.counts.byteLength : 0;
  for (const { picture } of views) bytes += 3 * picture.mean.byteLength + picture.flags.byteLength;
  for (const method of methods) {
    if (!isApplicable(method)) continue;
    for (const series of [method.mean, method.variance, method.meanSquare]) bytes += series?.values?.byteLength ?? 0;
    // Nine columns of float64.
    bytes += 72 * (method.details?.size ?? 0);
  }
  return bytes;
}

async function ownIdentity(uri: vscode.Uri): Promise<string> {
  const { size, modified } = await fileStat(uri);
  return `${size}:${modified}`;
}

async function fileStat(uri: vscode.Uri): Promise<{ size: number; modified: string }> {
  try {
    if (uri.scheme === 'file') {
      const { size, mtimeNs } = await stat(uri.fsPath, { bigint: true });
      return { size: Number(size), modified: String(mtimeNs) };
    }
    const { size, mtime } = await vscode.workspace.fs.stat(uri);
    return { size, modified: String(mtime) };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const name = uri.path.split('/').pop() ?? '';
    if (code === 'ENOENT' || code === 'FileNotFound') throw new NormoscopeError('not-found', `${name} is not there any more.`);
    throw new NormoscopeError('io', `${name} cannot be looked at: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A path for the thread to open, or the whole file where VS Code offers no reads of a part. */
async function fileRef(uri: vscode.Uri, identity: string): Promise<FileRef> {
  if (uri.scheme === 'file') return { kind: 'path', path: uri.fsPath };
  const name = uri.path.split('/').pop() ?? '';
  const { size } = await fileStat(uri);
  const limit = defaultLimits.wholeFileBytes;
  if (size > limit) {
    throw new NormoscopeError(
      'too-large',
      `${name} has ${formatBytes(size)}; files on "${uri.scheme}:" are read whole, which goes up to ${formatBytes(limit)}.`,
    );
  }
  return { kind: 'bytes', name, bytes: await vscode.workspace.fs.readFile(uri), identity };
}
