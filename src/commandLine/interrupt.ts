const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets work that has something to clean up end by itself when the process is told to stop, and stops it then as it was
 * told to: whoever waits sees the signal, not an exit code.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let told: NodeJS.Signals | null = null;
  const stop = (signal: NodeJS.Signals) => {
    told = signal;
    controller.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
    if (told !== null) process.kill(process.pid, told);
  }
}
