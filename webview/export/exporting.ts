import { createContext } from 'preact';
import type { ExportKind } from '../../src/protocol/messages';

/** A picture of the page that a report can take over. */
export interface ReportPicture {
  readonly title: string;
  png(): Promise<Uint8Array>;
}

/** Where exported pictures go. A notebook's output has none: it has no file to save beside. */
export interface Exporting {
  /** What pictures are of: the file, and the tensor of a file of several. */
  readonly subject: string;
  save(name: string, kind: ExportKind, bytes: Uint8Array): void;
  /** Puts numbers on the clipboard. */
  copy(text: string): void;
  /** Pictures that are on the page now, in its order of appearance. */
  readonly pictures: Map<Element, ReportPicture>;
}

export const ExportingContext = createContext<Exporting | null>(null);
