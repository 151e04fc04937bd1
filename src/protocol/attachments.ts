import type { AttachedRole } from '../core/analysis/attached';
import type { Comparison } from '../core/analysis/comparison';
import type { PairRow } from '../core/analysis/pairRow';
import type { MethodId } from '../core/engine/normalizations/normalization';
import type { Catalog } from '../core/tensor/tensor';
import type { FileRef } from './messages';

/** What can be asked for: running statistics come as a pair. */
export const attachKinds = ['weight', 'bias', 'running', 'mask', 'lengths', 'gradient'] as const;
export type AttachKind = (typeof attachKinds)[number];

/** Another tensor that the shown one is analyzed with, as the page shows it. */
export interface Attachment {
  readonly role: AttachedRole;
  readonly fileName: string;
  /** Whether it is in the shown file itself. */
  readonly sameFile: boolean;
  /** Empty for a file that holds one unnamed tensor. */
  readonly tensorName: string;
  readonly shape: readonly number[];
  /** Found by its name, not chosen. */
  readonly found: boolean;
}

/** The same for the thread that reads it. */
export interface AttachedFile {
  readonly role: AttachedRole;
  /** Null: the analyzed file. */
  readonly file: FileRef | null;
  readonly fileName: string;
  readonly tensor: number;
  /** The tensor's name when it was attached: it is another one if the file has another there now. */
  readonly tensorName: string;
  /** Of γ and β: the methods that they are of; absent: all that they fit. */
  readonly methods?: readonly MethodId[];
  /** Of a mask: what is zero counts. */
  readonly inverted?: boolean;
}

/** The tensor that the shown one is held against. */
export interface ComparedState extends Pick<Attachment, 'fileName' | 'sameFile' | 'tensorName' | 'shape'> {
  /** Null while it is computed, and where that failed. */
  readonly result: Comparison | null;
  /** Share of the work that is done, from 0 to 1. */
  readonly share: number;
}

/** The same for the thread that reads it. */
export type ComparedFile = Pick<AttachedFile, 'file' | 'fileName' | 'tensor' | 'tensorName'>;

/** Another file that all tensors of the shown one are held against. */
export interface ComparedFileState {
  readonly fileName: string;
  readonly catalog: Catalog;
}

/** A row of two compared files, with the pair that it is of. */
export type SentPairRow = readonly [one: number | null, other: number | null, row: PairRow];
