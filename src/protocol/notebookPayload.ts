import * as v from 'valibot';
import { dtypes, type DType } from '../core/tensor/dtype';

/** The MIME type of a notebook output that Normoscope draws. */
export const notebookMimeType = 'application/vnd.normoscope.tensor+json';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const numberOrNull = v.nullable(v.number());

/** Statistics that travel in the payload, for a viewer without our engine. Over finite elements; variance divides by n. */
const statistics = v.object({
  count,
  nan: v.optional(count, 0),
  posInf: v.optional(count, 0),
  negInf: v.optional(count, 0),
  zeros: v.optional(count),
  mean: numberOrNull,
  variance: numberOrNull,
  min: v.optional(numberOrNull),
  max: v.optional(numberOrNull),
});

/**
 * One tensor as a notebook output: published as a JSON schema in `docs/notebook-output.md`.
 * `data` is the elements row-major, little-endian, base64; without it only `statistics` can be shown.
 */
export const notebookPayload = v.pipe(
  v.object({
    version: v.literal(1),
    name: v.pipe(v.string(), v.maxLength(1000)),
    dtype: v.picklist(dtypes as readonly DType[]),
    shape: v.pipe(v.array(count), v.maxLength(8)),
    layout: v.optional(v.pipe(v.string(), v.regex(/^[NCTDHW]*$/))),
    data: v.optional(v.string()),
    statistics: v.optional(statistics),
  }),
  v.check((payload) => payload.data !== undefined || payload.statistics !== undefined, 'neither "data" nor "statistics" is there'),
);

export type NotebookPayload = v.InferOutput<typeof notebookPayload>;
