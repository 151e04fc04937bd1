import type * as vscode from 'vscode';
import { reportCode } from '../../core/analysis/code/code';
import type { FrameworkId } from '../../core/analysis/code/methods';
import { compareDocument } from '../../core/analysis/json';
import { jsonText } from '../../core/analysis/jsonText';
import type { NormalizeMethod } from '../../core/analysis/normalize';
import type { TensorPair } from '../../core/analysis/pairs';
import type { AnalysisRequest, Report } from '../../core/analysis/report';
import type { RowStatistics } from '../../core/analysis/rows';
import type { TilesRequest } from '../../core/analysis/tiles';
import { undecidedText } from '../../core/analysis/siblings';
import { NormoscopeError, toErrorData } from '../../core/errors';
import { dtypeKind } from '../../core/tensor/dtype';
import type { Tile } from '../../core/engine/tile';
import type { Catalog } from '../../core/tensor/tensor';
import type { ComparedState, SentPairRow } from '../../protocol/attachments';
import type { EditorState, ViewOptions } from '../../protocol/messages';
import { analysisRequest, comparisonRequest } from '../request';
import type { AttachedRole } from '../../core/analysis/attached';
import type { AttachedTensor, OtherTensor } from '../attached';
import type { TensorStore } from '../tensorStore';
import { Attachments } from './attachments';
import { ComparedFile } from './comparedFile';

/** One of the pages on a file. */
export interface Page {
  show(state: EditorState): void;
  rows(rows: readonly (readonly [index: number, statistics: RowStatistics])[]): void;
  pairRows(rows: readonly SentPairRow[]): void;
  /** Whether anybody sees it. */
  isVisible(): boolean;
}

/**
 * What one open file shows, as a state that is sent whole to every page on it. Pages may come and go, be reloaded or be
 * hidden in mid-computation: the session goes on and they are told where it stands.
 */
export class EditorSession {
  private readonly pages = new Set<Page>();
  /** Rows of the catalog that are known. */
  private readonly rows = new Map<number, RowStatistics>();
  private rowWork: AbortController | null = null;
  private work: AbortController | null = null;
  private identity: string | null = null;
  /** What the shown report was asked by. */
  private asked: { readonly request: AnalysisRequest; readonly attached: readonly AttachedTensor[] } | null = null;
  private readonly attachments: Attachments;
  /** What the tensor is held against. */
  private compared: OtherTensor | null = null;
  /** What all tensors of the file are held against. */
  private comparedFile: ComparedFile | null = null;
  private state: EditorState;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly tensors: TensorStore,
    /** Whether every analysis is to be precise, now. */
    private readonly isAlwaysExact: () => boolean = () => false,
  ) {
    this.attachments = new Attachments(uri);
    this.state = {
      fileName: uri.path.split('/').pop() ?? '',
      phase: 'opening',
      place: 'tensor',
      tensor: 0,
      options: { views: ['layer', 'batch'], momentum: 0.1 },
      attachments: [],
      undecided: [],
      comparison: null,
      comparedFile: null,
      reading: 0,
      catalog: null,
      report: null,
      error: null,
      stale: false,
    };
  }

  get current(): EditorState {
    return this.state;
  }

  /** Other tensors that the shown report is computed with. */
  get attached(): readonly AttachedTensor[] {
    return this.asked?.attached ?? [];
  }

  /** @returns what ends the showing */
  attach(page: Page): () => void {
    this.pages.add(page);
    return () => void this.pages.delete(page);
  }

  /** Reads the header, then analyzes: at first, after a failure or a cancel, and after a change on disk. */
  async open(): Promise<void> {
    await this.run(async (signal) => {
      this.change({ phase: 'opening', error: null, stale: false });
      // Of a file that cannot be read, too: one that is mended is told from it.
      this.identity = await this.tensors.identity(this.uri);
      const [{ catalog, identity }, siblings] = await Promise.all([this.tensors.inspect(this.uri, { signal }), this.tensors.siblings(this.uri, { signal })]);
      this.identity = identity;
      this.attachments.beside(siblings);
      const shown = this.state.catalog === null ? firstAnalyzable(catalog) : this.state.tensor;
      const tensor = catalog.tensors[shown] === undefined ? firstAnalyzable(catalog) : shown;
      const { options, report } = this.state;
      const same = report === null || sameShape(report.tensor.shape, catalog.tensors[tensor]?.shape ?? []);
      // A layout is for a shape: of a file that has got another one, it would be refused for ever.
      // A file of several tensors opens on their list, and one of none on what can be said of it; one that is read again stays where it was.
      const place = this.state.catalog === null && catalog.tensors.length !== 1 ? 'catalog' : this.state.place;
      this.rows.clear();
      if (same) this.attachments.follow(catalog);
      else this.attachments.clear();
      this.change({ reading: this.state.reading + 1, catalog, tensor, place, ...(same ? {} : { report: null, options: keptOptions(options) }) });
      if (place === 'tensor') await this.compute(signal);
      else if (place === 'compare') await this.compare(signal);
      else if (place === 'pairs' && this.comparedFile !== null) await this.readOther(this.comparedFile.uri, signal);
      else this.change({ phase: 'done' });
    });
  }

  async setOptions(options: ViewOptions): Promise<void> {
    this.change({ options });
    await this.computeAgain();
  }

  /** Analyzes with other tensors, which are held against the shown one as they are read. */
  async attachTensors(tensors: readonly AttachedTensor[]): Promise<void> {
    this.attachments.attach(tensors);
    // One thing says what is left out.
    if (tensors.some(({ role }) => role === 'mask' || role === 'lengths')) this.change({ options: { ...this.state.options, mask: undefined } });
    await this.computeAgain();
  }

  async detach(role: AttachedRole): Promise<void> {
    this.attachments.detach(role);
    await this.computeAgain();
  }

  /**
   * Holds a tensor of the file against another one, which may be in another file.
   * @param tensor index in the catalog; absent: the shown one
   */
  async compareWith(other: OtherTensor, tensor = this.state.tensor): Promise<void> {
    if (tensor !== this.state.tensor) this.attachments.clear();
    this.compared = other;
    const { options } = this.state;
    const another = tensor === this.state.tensor ? {} : { report: null, options: keptOptions(options) };
    const { uri, tensorName, shape } = other;
    const shown = { fileName: uri.path.split('/').pop() ?? '', sameFile: uri.toString() === this.uri.toString(), tensorName, shape };
    this.change({ place: 'compare', tensor, ...another, error: null, comparison: { ...shown, result: null, share: 0 } });
    await this.run((signal) => this.compare(signal));
  }

  closeComparison(): void {
    if (this.state.place !== 'compare') return;
    this.compared = null;
    const { report } = this.state;
    const complete = report !== null && report.progress === 1;
    this.work?.abort();
    const back = this.comparedFile !== null;
    this.change({ place: back ? 'pairs' : 'tensor', comparison: null, error: null, phase: 'done' });
    if (!complete && !back) void this.computeAgain();
  }

  /** Holds all tensors of the file against those of another that have their names. */
  async compareFiles(uri: vscode.Uri): Promise<void> {
    await this.run((signal) => this.readOther(uri, signal));
  }

  private async readOther(uri: vscode.Uri, signal: AbortSignal): Promise<void> {
    const { catalog } = await this.tensors.inspect(uri, { signal });
    this.identity ??= await this.tensors.identity(this.uri);
    const own = this.state.catalog ?? (await this.tensors.inspect(this.uri, { signal })).catalog;
    if (signal.aborted) return;
    this.comparedFile?.stop();
    this.comparedFile = new ComparedFile({ uri: this.uri, catalog: own }, uri, catalog, this.tensors);
    this.change({ reading: this.state.reading + 1, catalog: own, place: 'pairs', comparison: null, comparedFile: { fileName: this.comparedFile.fileName, catalog }, phase: 'done', error: null });
  }

  async wantPairs(pairs: readonly TensorPair[]): Promise<void> {
    await this.comparedFile?.want(pairs, (rows) => this.pages.forEach((page) => page.pairRows(rows)));
  }

  /** @throws NormoscopeError `usage` when there is no such pair */
  async openPair(one: number, other: number): Promise<void> {
    const info = this.comparedFile?.catalog.tensors[other];
    if (this.comparedFile === null || info === undefined || this.state.catalog?.tensors[one] === undefined) {
      throw new NormoscopeError('usage', `There is no pair of tensors ${one} and ${other}.`);
    }
    this.comparedFile.stop();
    await this.compareWith({ uri: this.comparedFile.uri, tensor: other, tensorName: info.name, shape: info.shape }, one);
  }

  /** A page has been hidden: where nobody looks any more, no rows are computed. The page asks again when it is back. */
  hidden(): void {
    if ([...this.pages].some((page) => page.isVisible())) return;
    this.comparedFile?.stop();
    this.rowWork?.abort();
  }

  /** What all tensors were held against is let go. */
  private closeOther(): Pick<EditorState, 'comparedFile'> {
    this.comparedFile?.stop();
    this.comparedFile = null;
    return { comparedFile: null };
  }

  private async compare(signal: AbortSignal): Promise<void> {
    const { compared } = this;
    if (compared === null) return;
    const { catalog, identity } = await this.tensors.inspect(this.uri, { signal });
    this.identity ??= identity;
    this.change({ catalog, phase: 'computing', error: null });
    const tell = (part: Partial<ComparedState>) => {
      const { comparison } = this.state;
      if (!signal.aborted && comparison !== null) this.change({ comparison: { ...comparison, ...part } });
    };
    const { tensor, options } = this.state;
    const result = await this.tensors.compare(this.uri, comparisonRequest(tensor, options), compared, { signal, onShare: (share) => tell({ share }) });
    tell({ result, share: 1 });
    if (!signal.aborted) this.change({ phase: 'done' });
  }

  private async computeAgain(): Promise<void> {
    if (this.state.catalog === null) return;
    await this.run((signal) => this.compute(signal));
  }

  /** @throws NormoscopeError `usage` when there is no such tensor */
  selectTensor(index: number): void {
    if (this.state.catalog?.tensors[index] === undefined) {
      throw new NormoscopeError('usage', `The file has no tensor number ${index}.`);
    }
    this.rowWork?.abort();
    const { tensor, report, options, phase } = this.state;
    const left = { ...this.closeOther(), comparison: null };
    if (index === tensor && report !== null && phase === 'done') return this.change({ place: 'tensor', ...left });
    // A layout is a tensor's own; the choice of columns stays.
    if (index !== tensor) this.attachments.clear();
    this.change({ place: 'tensor', ...left, tensor: index, report: null, options: keptOptions(options) });
    void this.run((signal) => this.compute(signal));
  }

  showCatalog(): void {
    this.work?.abort();
    this.work = null;
    this.change({ place: 'catalog', phase: 'done', error: null, comparison: null, ...this.closeOther() });
  }

  /** Computes the rows that are wanted and not known, in their order. What was wanted before is dropped. */
  async wantStatistics(indices: readonly number[]): Promise<void> {
    this.rowWork?.abort();
    const { catalog } = this.state;
    if (catalog === null) return;
    const known = indices.flatMap((index) => {
      const statistics = this.rows.get(index);
      return statistics === undefined ? [] : [[index, statistics] as const];
    });
    if (known.length > 0) for (const page of this.pages) page.rows(known);
    const missing = indices.filter((index) => !this.rows.has(index) && catalog.tensors[index]?.status === 'readable');
    if (missing.length === 0) return;
    const work = new AbortController();
    this.rowWork = work;
    const onRow = (tensor: number, statistics: RowStatistics) => {
      if (work.signal.aborted) return;
      this.rows.set(tensor, statistics);
      for (const page of this.pages) page.rows([[tensor, statistics]]);
    };
    // What fails of the file as a whole is told when it is opened; a row without numbers says enough.
    await this.tensors.rows(this.uri, missing, { signal: work.signal, onRow }).catch(() => undefined);
  }

  cancel(): void {
    if (this.work === null) return;
    this.work.abort();
    this.work = null;
    this.change({ phase: 'cancelled' });
  }

  /** The file may have changed on disk. */
  async check(): Promise<void> {
    if (this.identity === null) return;
    const now = await this.tensors.identity(this.uri).catch(() => null);
    if (now !== this.identity) this.change({ stale: true });
  }

  /** `compare`'s JSON document of what is shown; null while there is no complete report. */
  statisticsJson(): string | null {
    const { report, fileName } = this.state;
    return report === null || report.progress < 1 ? null : jsonText(compareDocument(fileName, report, { full: false }));
  }

  /** Of the shown tensor; empty where the file has no other. */
  tensorName(): string {
    const { catalog, tensor } = this.state;
    return catalog === null || catalog.tensors.length < 2 ? '' : catalog.tensors[tensor]?.name ?? '';
  }

  /** The computation of a method on what is shown, as code; null while there is no complete report, and where it does not apply. */
  code(method: NormalizeMethod, framework: FrameworkId): string | null {
    const { report } = this.state;
    if (report === null || report.progress < 1) return null;
    const has = (wanted: AttachedRole) => this.attached.some(({ role }) => role === wanted);
    return reportCode(report, method, framework, { weight: has('weight'), bias: has('bias') });
  }

  /**
   * Pixels of windows, by the statistics of the shown report.
   * @throws NormoscopeError `changed` when the file is no longer the one that the report is of, `cancelled` when the report is
   *   another tensor's; as `TensorStore.tiles`
   */
  async tiles(request: TilesRequest, signal: AbortSignal): Promise<readonly Tile[]> {
    const { asked } = this;
    if (asked?.request.tensor !== request.tensor) throw new NormoscopeError('cancelled', 'Cancelled.');
    if ((await this.tensors.identity(this.uri)) !== this.identity) {
      throw new NormoscopeError('changed', `${this.state.fileName} has changed on disk.`);
    }
    return this.tensors.tiles(this.uri, asked.request, request, { signal, attached: asked.attached });
  }

  dispose(): void {
    this.work?.abort();
    this.work = null;
    this.rowWork?.abort();
    this.comparedFile?.stop();
    this.pages.clear();
  }

  private async compute(signal: AbortSignal): Promise<void> {
    const { catalog, tensor, options } = this.state;
    const info = catalog?.tensors[tensor];
    if (catalog === null || info === undefined) throw new NormoscopeError('unsupported', `${this.state.fileName} holds no tensors.`);
    if (info.reason !== null) throw new NormoscopeError(info.status === 'refused' ? 'refused' : 'unsupported', info.reason);
    this.change({ phase: 'computing', error: null });
    const request = analysisRequest(tensor, options, this.isAlwaysExact());
    const attached = this.attachments.current(catalog, tensor, options);
    const report = await this.tensors.analyze(this.uri, request, {
      signal,
      attached,
      onPartial: (partial) => {
        if (!signal.aborted) this.change({ report: this.withFormerViews(partial) });
      },
    });
    if (signal.aborted) return;
    this.asked = { request, attached };
    this.change({ phase: 'done', report });
  }

  /** Pictures of the options before stay on the page until the new ones are there: no flicker to empty and back. */
  private withFormerViews(partial: Report): Report {
    const former = this.state.report;
    const same = former !== null && former.progress === 1 && former.tensor.index === partial.tensor.index;
    return same && partial.methods.length === 0 ? former : partial;
  }

  private async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.work?.abort();
    const controller = new AbortController();
    this.work = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      // Whoever aborted has said what is shown instead.
      if (!controller.signal.aborted) this.change({ phase: 'failed', error: toErrorData(error) });
    } finally {
      if (this.work === controller) this.work = null;
    }
  }

  private change(part: Partial<EditorState>): void {
    const { catalog, tensor, options } = { ...this.state, ...part };
    this.state = { ...this.state, ...part, attachments: this.attachments.shown(catalog, tensor, options), undecided: this.attachments.undecided().map(undecidedText) };
    for (const page of this.pages) page.show(this.state);
  }
}

/** What stays when another tensor is shown: layouts, groups and sizes are a tensor's own. */
function keptOptions({ views, momentum }: ViewOptions): ViewOptions {
  return { views, momentum };
}

function sameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}

/** The first readable floating tensor, else the first readable, else the first. */
function firstAnalyzable({ tensors }: Catalog): number {
  const readable = tensors.map((info, index) => ({ info, index })).filter(({ info }) => info.status === 'readable');
  const floating = readable.find(({ info }) => info.dtype !== null && dtypeKind(info.dtype) === 'float');
  return (floating ?? readable[0])?.index ?? 0;
}
