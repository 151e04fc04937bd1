import { toErrorData } from '../core/errors';
import { openTensorFile, type TensorFile } from '../core/normoscope';
import type { ByteSource } from '../core/tensor/byteSource';

/** How long after its last use a file stays open: scrolling asks again within that, and nobody's file is held for long. */
const keptMilliseconds = 20_000;

interface Kept {
  readonly key: string;
  readonly opened: Promise<{ readonly source: ByteSource; readonly file: TensorFile }>;
}

/**
 * Keeps one file open between questions that follow each other closely: a header of ten thousand tensors or a whole text
 * file is not read again for every window of numbers. Questions are answered one after the other.
 */
export class KeptFile {
  private kept: Kept | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param key what the file is known by
   * @throws whatever `open` and `work` throw; the file is then opened anew for the next question
   */
  use<T>(key: string, open: () => Promise<ByteSource>, signal: AbortSignal, work: (file: TensorFile, source: ByteSource) => Promise<T>): Promise<T> {
    const answer = this.last.then(() => this.answer(key, open, signal, work));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  private async answer<T>(key: string, open: () => Promise<ByteSource>, signal: AbortSignal, work: (file: TensorFile, source: ByteSource) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.kept?.key !== key) {
      await this.close();
      this.kept = { key, opened: openKept(open) };
    }
    try {
      const { file, source } = await this.kept.opened;
      return await work(file, source);
    } catch (error) {
      if (toErrorData(error).code !== 'cancelled') await this.close();
      throw error;
    } finally {
      this.timer = setTimeout(() => void this.close(), keptMilliseconds);
      // Nobody's process waits for it.
      this.timer.unref();
    }
  }

  private async close(): Promise<void> {
    const { kept } = this;
    this.kept = null;
    const opened = await kept?.opened.catch(() => null);
    await opened?.source.close();
  }
}

async function openKept(open: () => Promise<ByteSource>) {
  const source = await open();
  try {
    return { source, file: await openTensorFile(source) };
  } catch (error) {
    await source.close();
    throw error;
  }
}
