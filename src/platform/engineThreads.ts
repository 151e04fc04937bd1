import { Worker } from 'node:worker_threads';
import type { Lane, Threads } from '../core/engine/lanes';
import type { MomentTable } from '../core/engine/moments';
import type { PassKind, Passes } from '../core/engine/passes';
import { fromErrorData, NormoscopeError } from '../core/errors';
import { parcel, type Answer, type Order } from './engineMessages';

export interface EngineThreads extends Threads {
  /** Threads that run now. */
  readonly running: number;
  /** Ends them: what waits fails with `worker-lost`, and the next pass starts others. */
  stop(): Promise<void>;
}

/**
 * Threads that run passes of the engine, each with its own instance of the kernels: started with the first pass that wants
 * them, kept for the next, and no reason for the process to go on living unless a pass waits for them.
 * @param script path of the threads' bundle
 */
export function createEngineThreads(script: string, module: WebAssembly.Module, count: number): EngineThreads {
  const threads = new Array<EngineThread | null>(count).fill(null);
  let lastPass = 0;
  return {
    count,
    memory: sharedMemory,
    start<K extends PassKind>(index: number, kind: K, task: Passes[K]['task']): Lane<Passes[K]['found']> {
      let thread = threads[index] ?? null;
      if (thread === null || thread.lost) thread = threads[index] = new EngineThread(script, module);
      return laneOn(thread, ++lastPass, kind, task);
    },
    get running() {
      return threads.filter((thread) => thread !== null && !thread.lost).length;
    },
    async stop() {
      await Promise.all(threads.map((thread) => thread?.worker.terminate()));
    },
  };
}

function sharedMemory(bytes: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(bytes));
}

function laneOn<K extends PassKind>(thread: EngineThread, pass: number, kind: K, task: Passes[K]['task']): Lane<Passes[K]['found']> {
  const { value, buffers } = parcel(task);
  thread.post({ do: 'start', pass, kind, task: value }, buffers);
  return {
    memory: sharedMemory,
    async take(bytes, first, count, target) {
      await thread.ask((order) => ({ do: 'take', order, pass, bytes, first, count, target }));
    },
    overall: async () => (await thread.ask((order) => ({ do: 'overall', order, pass }))) as MomentTable | null,
    finish: async () => (await thread.ask((order) => ({ do: 'finish', order, pass }))) as Passes[K]['found'],
    drop: () => thread.post({ do: 'drop', pass }, []),
  };
}

/** One thread, from its start to its end. */
class EngineThread {
  readonly worker: Worker;
  /** Whether it has ended: it answers no more. */
  lost = false;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private lastOrder = 0;

  constructor(script: string, module: WebAssembly.Module) {
    this.worker = new Worker(script, { workerData: module });
    this.worker.unref();
    this.worker.on('message', (answer: Answer) => this.settle(answer));
    // What it died of is in no way the user's doing; that it died is told by what waits.
    this.worker.on('error', () => undefined);
    this.worker.once('exit', () => {
      this.lost = true;
      for (const { reject } of this.waiting.values()) reject(threadLost());
      this.waiting.clear();
    });
  }

  post(order: Order, buffers: readonly ArrayBuffer[]): void {
    this.worker.postMessage(order, [...buffers]);
  }

  /** @throws NormoscopeError what the thread answers; `worker-lost` when it ends first */
  ask(order: (number: number) => Order): Promise<unknown> {
    if (this.lost) return Promise.reject(threadLost());
    return new Promise((resolve, reject) => {
      const number = ++this.lastOrder;
      // Whoever waits for an answer wants the process to live until it comes.
      if (this.waiting.size === 0) this.worker.ref();
      this.waiting.set(number, { resolve, reject });
      this.post(order(number), []);
    });
  }

  private settle(answer: Answer): void {
    const asked = this.waiting.get(answer.order);
    this.waiting.delete(answer.order);
    if (this.waiting.size === 0) this.worker.unref();
    if (answer.ok) asked?.resolve(answer.value);
    else asked?.reject(fromErrorData(answer.error));
  }
}

function threadLost(): NormoscopeError {
  return new NormoscopeError('worker-lost', 'A thread of the engine stopped unexpectedly. Retry starts a new one.');
}
