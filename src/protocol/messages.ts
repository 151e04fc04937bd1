import type { AttachedRole } from '../core/analysis/attached';
import type { Comparison, ComparisonRequest } from '../core/analysis/comparison';
import type { FrameworkId } from '../core/analysis/code/methods';
import type { MaskRequest } from '../core/analysis/mask';
import type { Normalized, NormalizeMethod, NormalizeRequest } from '../core/analysis/normalize';
import type { PairRow } from '../core/analysis/pairRow';
import type { TensorPair } from '../core/analysis/pairs';
import type { AnalysisRequest, HistogramKind, Report } from '../core/analysis/report';
import type { RowStatistics } from '../core/analysis/rows';
import type { Slice, SliceRequest } from '../core/analysis/slice';
import type { TilesRequest } from '../core/analysis/tiles';
import type { ErrorData } from '../core/errors';
import type { MethodId } from '../core/engine/normalizations/normalization';
import type { Tile } from '../core/engine/tile';
import type { Part } from '../core/formats/format';
import type { Catalog } from '../core/tensor/tensor';
import type { AttachedFile, AttachKind, Attachment, ComparedFile, ComparedFileState, ComparedState, SentPairRow } from './attachments';
import type { NotebookPayload } from './notebookPayload';

/** What a user can change on the page. Everything absent is inferred or defaulted by the host. */
export interface ViewOptions {
  layout?: string | undefined;
  normalizedDims?: number | undefined;
  normalizedAxes?: string | undefined;
  numGroups?: number | undefined;
  eps?: number | undefined;
  /** Leaves padding out of the statistics: by a tensor of the same file, or by a value. */
  mask?: (MaskRequest & { from?: number }) | undefined;
  /** Of a mask that is attached: what is zero counts, as in PyTorch's `key_padding_mask`. */
  maskInverted?: boolean | undefined;
  /** Methods with a column of their own beside raw. */
  views: MethodId[];
  groupHistograms?: HistogramKind[] | undefined;
  /** Either asks for running averages. */
  momentum?: number | 'cumulative' | undefined;
  batchSize?: number | undefined;
  groupDetails?: boolean | undefined;
  batchOutputs?: boolean | undefined;
  /** All arithmetics of fewer digits; not with a mask. */
  precision?: boolean | undefined;
  /** Precise mode; the setting `normoscope.exact` asks for it too. */
  exact?: boolean | undefined;
}

export type Phase = 'opening' | 'computing' | 'done' | 'cancelled' | 'failed';

/** What a picture can be exported as. */
export type ExportKind = 'png' | 'svg' | 'csv';

/** All that the page shows, whole each time: the page keeps nothing that the host would have to repair. */
export interface EditorState {
  readonly fileName: string;
  readonly phase: Phase;
  /** The list of the file's tensors, the page of one, one beside another, or all of them beside those of another file. */
  readonly place: 'catalog' | 'tensor' | 'compare' | 'pairs';
  /** Index of the shown tensor in the catalog. */
  readonly tensor: number;
  readonly options: ViewOptions;
  /** Other tensors that the shown one is analyzed with. */
  readonly attachments: readonly Attachment[];
  /** What several files beside the shown one would be, so that none is taken: a sentence each. */
  readonly undecided: readonly string[];
  /** While `place` is `compare`. */
  readonly comparison: ComparedState | null;
  /** Another file that all tensors are held against: while `place` is `pairs`, and `compare` from there. */
  readonly comparedFile: ComparedFileState | null;
  /** Counts up when a file has been read anew: of what was known before nothing is kept, even if it looks the same. */
  readonly reading: number;
  /** Null until the header has been read. */
  readonly catalog: Catalog | null;
  /** Of the current options once `phase` is `done`; partial (`progress < 1`) or of the options before while computing. */
  readonly report: Report | null;
  /** Set when `phase` is `failed`: one sentence. The header and the last report stay. */
  readonly error: ErrorData | null;
  /** The file changed on disk since the report was made: the page offers to read it again. */
  readonly stale: boolean;
}

/** What the page may ask of the host. Every argument is validated at run time by `guards.ts`. */
export interface HostApi {
  /** The page is there (again): the host shows it the state, and every later one. */
  ready(): void;
  setOptions(options: ViewOptions): void;
  /** Opens the page of a tensor. */
  selectTensor(index: number): void;
  /** Lets the user choose a tensor of this file or another, and analyzes with it. The page names no file. */
  attach(kind: AttachKind): void;
  detach(role: AttachedRole): void;
  /** Lets the user choose a tensor of this file or another, and holds the shown one against it. */
  compareWith(): void;
  /** Back to the page of the tensor. */
  closeComparison(): void;
  /** Back to the list of the file's tensors. */
  showCatalog(): void;
  /** Statistics for these rows of the catalog, told as they are known; what was wanted before is dropped. */
  wantStatistics(indices: readonly number[]): void;
  /** Statistics and differences of these pairs of the two files, told as they are known; what was wanted before is dropped. */
  wantPairs(pairs: readonly TensorPair[]): void;
  /** Holds a tensor of the file against one of the other file. */
  openPair(one: number, other: number): void;
  /** Read the file again and compute anew: after a failure, a cancel, or a change on disk. */
  retry(): void;
  cancel(): void;
  copyStatistics(): void;
  /** Puts the computation of a method on the clipboard, as code of a framework. */
  copyCode(method: NormalizeMethod, framework: FrameworkId): void;
  /**
   * Asks for a file and writes an exported picture, or its numbers, to it.
   * @param name of the picture: `histogram-raw`, part of the name that is proposed
   */
  saveExport(name: string, kind: ExportKind, bytes: Uint8Array): void;
  /**
   * Elements of a tensor. What was asked before for the same purpose is given up, and its answer is `cancelled`.
   * @param tensor index in the catalog
   */
  readSlice(purpose: SlicePurpose, tensor: number, request: SliceRequest): Promise<WorkerReply<Slice>>;
  /**
   * Pixels of windows of the shown tensor, by the statistics of the report that is shown. What was asked before for the
   * same purpose is given up, and its answer is `cancelled`.
   */
  readTiles(purpose: TilesPurpose, request: TilesRequest): Promise<WorkerReply<readonly Tile[]>>;
  /** Puts a text on the clipboard: VS Code's own works also where a page's does not. */
  copyText(text: string): void;
  /** Opens the page `docs/rules/<rule>.md`. Unknown ids are refused. */
  openRule(rule: string): void;
  /** Which renderer draws the page, for the log. */
  rendererChosen(name: 'webgpu' | 'canvas', reason: string): void;
}

/** Numbers to look at change with every scrolling; those to copy have to come whole. */
export type SlicePurpose = 'view' | 'copy';

/** Heatmaps of the columns and of the divider, each zoomed by itself, and planes of a contact sheet are looked at side by side. */
export type TilesPurpose = 'heatmap' | 'divided' | 'planes';

/** A picture of the page, as it would be exported. */
export interface PagePicture {
  readonly title: string;
  readonly png: Uint8Array;
}

/** What the host tells the page. */
export interface PageApi {
  show(state: SentState): void;
  /** Rows of the shown catalog, by index. */
  rows(rows: readonly (readonly [index: number, statistics: RowStatistics])[]): void;
  /** Rows of the two compared files. */
  pairRows(rows: readonly SentPairRow[]): void;
  /** What the page shows now, in its order. The answer is validated by `guards.ts`. */
  pictures(): Promise<readonly PagePicture[]>;
}

/** A state on its way to a page: ten thousand tensors are not sent with each percent, nor numbers again when pictures come. */
export interface SentState {
  readonly number: number;
  /** That of the state that it builds on; null: it is whole. */
  readonly after: number | null;
  /** As `changesOf` makes them; of a whole one an `EditorState`. */
  readonly changes: unknown;
}

/** What a notebook output may ask of the host. Every argument is validated at run time by `guards.ts`. */
export interface RendererHostApi {
  /**
   * Analyzes the data that an output carries.
   * @param output names the output, for `cancel`; a second call with the same name replaces the first
   */
  analyze(output: string, payload: NotebookPayload, options: ViewOptions): Promise<WorkerReply<OutputReport>>;
  cancel(output: string): void;
  /** Opens the output's data in the Normoscope editor, as a read-only document in memory. */
  openInEditor(payload: NotebookPayload): Promise<WorkerReply<null>>;
  /** As `HostApi.openRule`. */
  openRule(rule: string): void;
}

export interface OutputReport {
  readonly catalog: Catalog;
  readonly report: Report;
}

/** A file for the analysis worker: a path it opens itself, or bytes of a scheme without range reads. */
export type FileRef =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array; readonly identity: string };

/** What the extension host asks of the analysis worker. `job` names a running analysis for progress and cancel. */
export interface WorkerApi {
  inspect(job: number, file: FileRef): Promise<WorkerReply<InspectResult>>;
  /** @param attached tensors that the request's parameters and its mask are read from */
  analyze(job: number, file: FileRef, request: AnalysisRequest, attached: readonly AttachedFile[]): Promise<WorkerReply<Report>>;
  /**
   * Writes a tensor, normalized, to the path `out`: whole, or not at all.
   * @param attached tensors that the request's parameters and its mask are read from
   */
  normalize(job: number, file: FileRef, request: NormalizeRequest, out: string, attached: readonly AttachedFile[]): Promise<WorkerReply<Normalized>>;
  /** Tells `rows` of the client each of these tensors, one after the other. */
  rows(job: number, file: FileRef, tensors: readonly number[]): Promise<WorkerReply<null>>;
  /** Tells `pairRow` of the client each of these pairs, one after the other. */
  pairRows(job: number, file: FileRef, other: FileRef, pairs: readonly TensorPair[]): Promise<WorkerReply<null>>;
  compare(job: number, file: FileRef, request: ComparisonRequest & { readonly tensor: number }, other: ComparedFile): Promise<WorkerReply<Comparison>>;
  slice(job: number, file: FileRef, tensor: number, request: SliceRequest): Promise<WorkerReply<Slice>>;
  /** @param analysis what the statistics of normalized views are those of: an analysis that was made, or it is made now */
  tiles(job: number, file: FileRef, analysis: AnalysisRequest, attached: readonly AttachedFile[], request: TilesRequest): Promise<WorkerReply<readonly Tile[]>>;
  /** SHA-256 of the whole file, hexadecimal. */
  sha256(job: number, file: FileRef): Promise<WorkerReply<string>>;
  cancel(job: number): void;
}

export interface InspectResult {
  readonly catalog: Catalog;
  readonly bytes: number;
  readonly identity: string;
  /** Files beside it that tensors of it are in. */
  readonly parts: readonly Part[];
}

/** Replies carry failure: an `Error` loses its code and offset on its way between threads. */
export type WorkerReply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorData };

/** What the worker tells the extension host. */
export interface WorkerClientApi {
  /** A partial report (`progress < 1`) of a running analysis. */
  progress(job: number, partial: Report): void;
  /** Share of a running `normalize`, `compare` or `sha256` that is done, from 0 to 1. */
  share(job: number, done: number): void;
  /** What `rows` found of a tensor. */
  row(job: number, tensor: number, statistics: RowStatistics): void;
  /** What `pairRows` found of the pair at a place among those asked for. */
  pairRow(job: number, place: number, row: PairRow): void;
}
