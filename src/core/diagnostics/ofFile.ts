import type { Finding } from '../analysis/finding';
import type { Warning } from '../tensor/tensor';
import { unsafePickle } from './rules/unsafePickle';

/** Rules about files as a whole. Apart from the registry, so that a page need not carry all the others. */
const ofFile = [unsafePickle];

/** What the rules find in a file of these warnings, before any tensor of it is read. A report of a tensor has the same findings. */
export function findingsOfFile(warnings: readonly Warning[]): readonly Finding[] {
  return ofFile.flatMap((rule) => rule.checkFile?.(warnings) ?? []);
}

/** Warnings that are not findings too: what else is to be told. */
export function otherWarnings(warnings: readonly Warning[]): readonly Warning[] {
  return warnings.filter(({ code }) => !ofFile.some(({ id }) => id === code));
}
