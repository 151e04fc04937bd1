import type { MessagePort } from 'node:worker_threads';
import { startPass, type Pass } from '../core/engine/passes';
import { NormoscopeError, toErrorData } from '../core/errors';
import { parcel, type Answer, type Order } from './engineMessages';

/**
 * Runs passes on this thread as it is told to through `port`, each in a kernel memory of its own, one order after the other.
 * @param workerData what the thread was started with: the compiled kernels
 */
export function serveEngineThread(port: MessagePort, workerData: unknown): void {
  const module = workerData as WebAssembly.Module;
  /** One that could not be started fails with every order that it gets. */
  const passes = new Map<number, Pass<unknown> | Error>();

  const runningPass = (number: number): Pass<unknown> => {
    const pass = passes.get(number) ?? new NormoscopeError('internal', `There is no pass number ${number} on this thread.`);
    if (pass instanceof Error) throw pass;
    return pass;
  };

  port.on('message', (order: Order) => {
    if (order.do === 'drop') return void passes.delete(order.pass);
    try {
      if (order.do === 'start') return void passes.set(order.pass, startPass(module, order.kind, order.task));
      const pass = runningPass(order.pass);
      if (order.do === 'take') {
        pass.take(order.bytes, order.first, order.count, order.target);
        return tell({ order: order.order, ok: true, value: null });
      }
      if (order.do === 'finish') passes.delete(order.pass);
      const { value, buffers } = parcel(order.do === 'finish' ? pass.finish() : (pass.overall?.() ?? null), true);
      tell({ order: order.order, ok: true, value }, buffers);
    } catch (error) {
      if (order.do === 'start') passes.set(order.pass, error instanceof Error ? error : new Error(String(error)));
      else tell({ order: order.order, ok: false, error: toErrorData(error) });
    }
  });

  function tell(answer: Answer, buffers: readonly ArrayBuffer[] = []): void {
    port.postMessage(answer, [...buffers]);
  }
}
