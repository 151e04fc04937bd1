import { NormoscopeError } from '../errors';
import { counted } from '../text/numbers';

/** What an axis means: batch, channel or feature, time or token, depth, height, width. */
export type Role = 'N' | 'C' | 'T' | 'D' | 'H' | 'W';

const roles: readonly string[] = ['N', 'C', 'T', 'D', 'H', 'W'];

export interface Layout {
  /** One letter per axis, outermost first: `NCHW`. */
  readonly roles: string;
  /** Why these letters, in one sentence. */
  readonly reason: string;
  readonly inferred: boolean;
}

/** The axis of a role, or -1. `N` may stand on several axes; this is the first. */
export function axisOf(layout: Layout, role: Role): number {
  return layout.roles.indexOf(role);
}

/**
 * A layout as a user wrote it.
 * @param text one letter of `N C T D H W` per axis; only `N` may stand more than once
 * @throws NormoscopeError `usage`
 */
export function parseLayout(text: string, shape: readonly number[]): Layout {
  const letters = text.toUpperCase();
  const unknown = [...letters].find((letter) => !roles.includes(letter));
  if (unknown !== undefined) {
    throw new NormoscopeError('usage', `Layout "${text}" has the letter "${unknown}"; an axis is one of N C T D H W.`);
  }
  if (letters.length !== shape.length) {
    throw new NormoscopeError(
      'usage',
      `Layout "${text}" names ${letters.length} axes, but the shape (${shape.join(', ')}) has ${shape.length}.`,
    );
  }
  const repeated = [...letters].find((letter, index) => letter !== 'N' && letters.indexOf(letter) !== index);
  if (repeated !== undefined) {
    throw new NormoscopeError('usage', `Layout "${text}" has "${repeated}" twice; only N may stand on several axes.`);
  }
  return { roles: letters, reason: 'as given', inferred: false };
}

/** Sizes that a picture's channel axis commonly has: grey, RGB, RGBA. */
const pictureChannels = [1, 3, 4];

/** The likeliest layout of a shape. What it goes by is in `reason`, so that a user can disagree. */
export function inferLayout(shape: readonly number[]): Layout {
  const [roleLetters, reason] = infer(shape);
  return { roles: roleLetters, reason, inferred: true };
}

function infer(shape: readonly number[]): [string, string] {
  switch (shape.length) {
    case 0:
      return ['', 'a single number has no axes'];
    case 1:
      return ['C', 'one axis: a vector of features'];
    case 2:
      return ['NC', 'two axes: samples by features'];
    case 3:
      return ['NTC', 'three axes: samples by tokens by features, as transformers keep them'];
    case 4:
      return inferPictures(shape as [number, number, number, number]);
    case 5:
      return ['NCDHW', 'five axes: volumes in the order of PyTorch'];
    default: {
      const batches = 'N'.repeat(shape.length - 2);
      return [`${batches}TC`, `${shape.length} axes: the leading ones taken as batch, the last two as tokens by features`];
    }
  }
}

function inferPictures([, second, third, last]: [number, number, number, number]): [string, string] {
  if (third === last && second !== third) return ['NCHW', 'the last two axes are equal: square planes, channels before them'];
  if (second === third && third !== last) return ['NHWC', 'the second and third axes are equal: square planes, channels last'];
  if (pictureChannels.includes(last) && !pictureChannels.includes(second)) {
    return ['NHWC', `the last axis has ${counted(last, 'element')}, as the colours of a picture`];
  }
  return ['NCHW', 'four axes: the order of PyTorch'];
}
