import * as v from 'valibot';
import { NormoscopeError } from '../core/errors';
import { attachedRoles } from '../core/analysis/attached';
import { frameworkIds } from '../core/analysis/code/methods';
import { normalizeMethods } from '../core/analysis/normalize';
import { histogramKinds } from '../core/analysis/report';
import { methodIds } from '../core/engine/normalizations/normalization';
import { defaultLimits } from '../core/limits';
import { attachKinds } from './attachments';
import type { PagePicture } from './messages';
import { notebookPayload } from './notebookPayload';

/** What a page may send, checked at run time: a page is the one part of the extension that draws what files say. */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** A mask by what a page can name: another tensor of the same file, or a value. */
const mask = v.variant('kind', [
  v.strictObject({ kind: v.literal('mask'), from: count, inverted: v.optional(v.boolean(), false) }),
  v.strictObject({ kind: v.literal('lengths'), from: count }),
  v.strictObject({ kind: v.literal('pad-value'), value: v.pipe(v.number(), v.finite()) }),
]);

export const viewOptions = v.strictObject({
  layout: v.optional(v.pipe(v.string(), v.maxLength(8))),
  normalizedDims: v.optional(positive),
  normalizedAxes: v.optional(v.pipe(v.string(), v.regex(/^[CTDHW]{1,5}$/))),
  numGroups: v.optional(positive),
  eps: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  mask: v.optional(mask),
  maskInverted: v.optional(v.boolean()),
  views: v.pipe(v.array(v.picklist(methodIds)), v.maxLength(methodIds.length)),
  momentum: v.optional(v.union([v.literal('cumulative'), v.pipe(v.number(), v.minValue(0), v.maxValue(1))])),
  batchSize: v.optional(positive),
  groupHistograms: v.optional(v.pipe(v.array(v.picklist(histogramKinds)), v.maxLength(histogramKinds.length))),
  groupDetails: v.optional(v.boolean()),
  batchOutputs: v.optional(v.boolean()),
  precision: v.optional(v.boolean()),
  exact: v.optional(v.boolean()),
});

/** Rows of a catalog that a page can see at a time, and some. */
const mostRows = 500;

/** The numbers of the largest picture, as text, are a quarter of this. */
const mostExportBytes = 64 * 1024 * 1024;

/** A name that is no path. */
const exportName = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/));
const exportBytes = v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.byteLength <= mostExportBytes, `more than ${mostExportBytes} bytes`),
);

const axis = v.nullable(count);
const span = v.strictTuple([count, count]);
const slice = v.strictObject({
  fixed: v.pipe(v.array(count), v.maxLength(defaultLimits.rank)),
  rowAxis: axis,
  columnAxis: axis,
  rows: span,
  columns: span,
});

/** Windows that are drawn at once: planes of a few rows of a contact sheet. */
const mostWindows = 256;
const axes = v.pipe(v.array(count), v.maxLength(defaultLimits.rank));
const tiles = v.strictObject({
  tensor: count,
  views: v.pipe(v.array(v.picklist(['raw', ...methodIds])), v.minLength(1), v.maxLength(methodIds.length + 1)),
  windows: v.pipe(
    v.array(
      v.strictObject({
        rowAxes: axes,
        columnAxes: axes,
        fixed: axes,
        row: count,
        rows: positive,
        column: count,
        columns: positive,
        rowsPerPixel: positive,
        columnsPerPixel: positive,
      }),
    ),
    v.maxLength(mostWindows),
  ),
});

/** Characters of as many elements as a slice may have, each with as many digits as a complex float64 takes; a heatmap's pixels have three numbers each. */
const longestText = defaultLimits.sliceElements * 128;

const ruleId = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/));
const outputId = v.pipe(v.string(), v.maxLength(200));

/** Arguments of every call of `HostApi`. */
export const hostCalls = {
  ready: v.strictTuple([]),
  setOptions: v.strictTuple([viewOptions]),
  selectTensor: v.strictTuple([count]),
  attach: v.strictTuple([v.picklist(attachKinds)]),
  compareWith: v.strictTuple([]),
  closeComparison: v.strictTuple([]),
  detach: v.strictTuple([v.picklist(attachedRoles)]),
  showCatalog: v.strictTuple([]),
  wantStatistics: v.strictTuple([v.pipe(v.array(count), v.maxLength(mostRows))]),
  wantPairs: v.strictTuple([v.pipe(v.array(v.strictObject({ one: v.nullable(count), other: v.nullable(count) })), v.maxLength(mostRows))]),
  openPair: v.strictTuple([count, count]),
  retry: v.strictTuple([]),
  cancel: v.strictTuple([]),
  copyStatistics: v.strictTuple([]),
  copyCode: v.strictTuple([v.picklist(normalizeMethods), v.picklist(frameworkIds)]),
  saveExport: v.strictTuple([exportName, v.picklist(['png', 'svg', 'csv']), exportBytes]),
  readSlice: v.strictTuple([v.picklist(['view', 'copy']), count, slice]),
  readTiles: v.strictTuple([v.picklist(['heatmap', 'divided', 'planes']), tiles]),
  copyText: v.strictTuple([v.pipe(v.string(), v.maxLength(longestText))]),
  openRule: v.strictTuple([ruleId]),
  rendererChosen: v.strictTuple([v.picklist(['webgpu', 'canvas']), v.pipe(v.string(), v.maxLength(500))]),
} as const;

/** Arguments of every call of `RendererHostApi`. */
export const rendererHostCalls = {
  analyze: v.strictTuple([outputId, notebookPayload, viewOptions]),
  cancel: v.strictTuple([outputId]),
  openInEditor: v.strictTuple([notebookPayload]),
  openRule: v.strictTuple([ruleId]),
} as const;

/** What a page answers to `PageApi.pictures`. */
const pagePictures = v.pipe(
  v.array(v.strictObject({ title: v.pipe(v.string(), v.maxLength(1000)), png: v.pipe(exportBytes, v.check((png) => isPng(png), 'no PNG')) })),
  v.maxLength(100),
  v.check((pictures) => pictures.reduce((sum, { png }) => sum + png.byteLength, 0) <= mostExportBytes, `more than ${mostExportBytes} bytes`),
);

/** @throws NormoscopeError `malformed` for what is no answer to `PageApi.pictures` */
export function checkedPictures(answer: unknown): readonly PagePicture[] {
  const result = v.safeParse(pagePictures, answer);
  if (result.success) return result.output;
  throw new NormoscopeError('malformed', `The page's pictures were refused: ${result.issues[0].message}.`);
}

function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, index) => bytes[index] === byte);
}

type Schemas = Readonly<Record<string, v.GenericSchema<unknown>>>;
type Functions<S extends Schemas> = { readonly [K in keyof S]: (...args: never[]) => unknown };

/**
 * Wraps an API so that each call's arguments are checked by its schema first.
 * @returns functions that throw NormoscopeError `usage` with one sentence instead of calling with wrong arguments
 */
export function guarded<S extends Schemas, F extends Functions<S>>(schemas: S, functions: F): F {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      (...args: unknown[]) => {
        const result = v.safeParse(schema, args);
        if (!result.success) {
          const [issue] = result.issues;
          const where = v.getDotPath(issue) ?? '';
          throw new NormoscopeError('usage', `The call ${name} was refused: argument ${where}: ${issue.message}.`);
        }
        return (functions[name] as (...checked: unknown[]) => unknown)(...(result.output as unknown[]));
      },
    ]),
  ) as unknown as F;
}
