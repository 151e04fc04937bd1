import { NormoscopeError } from '../errors';
import { formatBytes } from '../text/numbers';

/** Bytes of memory that what is made of a header may take: sixty thousand tensors' names, types and shapes stay within it. */
const headerMemory = 40 * 1024 * 1024;

/** About what values take on the heap of a JavaScript engine with pointers of 64 bits, bytes. */
export const heapCost = { list: 80, item: 16, object: 200, member: 68, text: 24, character: 2 } as const;

/** Memory that a parser may still take: a few bytes of a file can stand for hundreds. */
export class Allowance {
  private left: number;

  /** @param what whose values these are, for the sentence: `The header of a.safetensors` */
  constructor(
    private readonly what: string,
    private readonly bytes = headerMemory,
  ) {
    this.left = bytes;
  }

  /** @throws NormoscopeError `too-large` once more was taken than there is */
  take(bytes: number, offset?: number): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    throw new NormoscopeError('too-large', `${this.what} would take more than ${formatBytes(this.bytes)} of memory; that is as much as it may.`, offset);
  }

  text(text: string): void {
    this.take(heapCost.text + heapCost.character * text.length);
  }
}
