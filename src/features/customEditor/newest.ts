import { toErrorData } from '../../core/errors';
import type { WorkerReply } from '../../protocol/messages';

/** Questions of a page that are overtaken by the next of the same purpose. */
export class Newest<Purpose extends string> {
  private readonly running = new Map<Purpose, AbortController>();

  /** Gives up what was asked before for the same purpose. Never rejects. */
  async answer<T>(purpose: Purpose, ask: (signal: AbortSignal) => Promise<T>): Promise<WorkerReply<T>> {
    this.running.get(purpose)?.abort();
    const work = new AbortController();
    this.running.set(purpose, work);
    try {
      return { ok: true, value: await ask(work.signal) };
    } catch (error) {
      return { ok: false, error: toErrorData(error) };
    } finally {
      if (this.running.get(purpose) === work) this.running.delete(purpose);
    }
  }

  /** Gives up what still runs. */
  dispose(): void {
    for (const work of this.running.values()) work.abort();
  }
}
