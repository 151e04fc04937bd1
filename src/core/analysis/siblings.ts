import { isPart, roleLabels } from './attached';
import { parentOf, partNamed, type Part } from './layers';

/** A file that may hold a parameter of the tensor in another. */
export interface SiblingFile {
  readonly file: string;
  /** Its name without the ending: what its tensor is called beside the other. */
  readonly stem: string;
  readonly part: Part;
}

/** Files of a folder whose names pair with one of them, and parts that several of them would be. */
export interface Siblings {
  readonly files: readonly SiblingFile[];
  readonly undecided: readonly Undecided[];
}

/** Which of several files is meant, nobody can tell: none is taken. */
export interface Undecided {
  readonly part: Part;
  readonly files: readonly string[];
}

export const noSiblings: Siblings = { files: [], undecided: [] };

/**
 * Files beside one whose names are its own, or that of its layer, and a part's: `x_gamma.npy` and `x.weight.npy` beside
 * `x.npy`, `bn1.running_mean.npy` beside `bn1.input.npy`. Its own name comes before that of its layer; of two files that are
 * the same part by the same name none is taken.
 * @param stemOf a file's name without its ending; null for what holds no tensors
 */
export function siblingFiles(own: string, names: readonly string[], stemOf: (name: string) => string | null): Siblings {
  const stem = stemOf(own);
  if (stem === null || stem === '' || isPart(stem)) return noSiblings;
  const found = new Map<Part, SiblingFile[]>();
  for (const base of [parentOf(stem), stem]) {
    if (base === '') continue;
    const nearer = new Map<Part, SiblingFile[]>();
    for (const file of names) {
      const other = file === own ? null : stemOf(file);
      if (other === null || !other.startsWith(base)) continue;
      const part = /^[._]/.test(other.slice(base.length)) ? partNamed(other.slice(base.length + 1)) : undefined;
      if (part !== undefined) nearer.set(part, [...(nearer.get(part) ?? []), { file, stem: other, part }]);
    }
    for (const [part, files] of nearer) found.set(part, files);
  }
  const all = [...found];
  return {
    files: all.flatMap(([, files]) => (files.length === 1 ? files : [])),
    undecided: all.flatMap(([part, files]) => (files.length > 1 ? [{ part, files: files.map(({ file }) => file).sort() }] : [])),
  };
}

/** `β could be x.bias.npy or x_beta.npy: attach the one that is meant.` */
export function undecidedText({ part, files }: Undecided): string {
  const more = files.length > 4 ? [`${files.length - 4} more`] : [];
  return `${roleLabels[part]} could be ${[...files.slice(0, 4), ...more].join(' or ')}: attach the one that is meant.`;
}
