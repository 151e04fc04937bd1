import type { Report } from '../../src/core/analysis/report';
import { NormoscopeError } from '../../src/core/errors';
import type { TensorStore } from '../../src/features/tensorStore';
import { localStore } from './localStore';

export interface HeldStore {
  readonly store: TensorStore;
  /** Lets headers be read: those asked for, and all that follow. */
  releaseHeaders(): void;
  /** Lets analyses go on from their first part of the numbers: those that run, and all that follow. */
  releaseNumbers(): void;
}

/** A store whose work stops half-way until a test lets it go on: what a page shows meanwhile can be looked at. */
export function heldStore(): HeldStore {
  const local = localStore();
  const headers = gate();
  const numbers = gate();
  const store: Pick<TensorStore, 'identity' | 'inspect' | 'siblings' | 'analyze'> = {
    identity: (uri) => local.identity(uri),
    siblings: (uri) => local.siblings(uri),
    inspect: async (uri, options = {}) => {
      await headers.passed(options.signal);
      return local.inspect(uri, options);
    },
    analyze: async (uri, request, options = {}) => {
      const partials: Report[] = [];
      const report = await local.analyze(uri, request, { onPartial: (partial) => partials.push(partial) });
      for (const partial of partials) options.onPartial?.(partial);
      await numbers.passed(options.signal);
      return report;
    },
  };
  return { store: store as TensorStore, releaseHeaders: headers.open, releaseNumbers: numbers.open };
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const passed = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new NormoscopeError('cancelled', 'Cancelled.')));
      void opened.then(resolve);
    });
  return { open: () => open(), passed };
}
