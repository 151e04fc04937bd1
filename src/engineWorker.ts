import { parentPort, workerData } from 'node:worker_threads';
import { serveEngineThread } from './platform/engineThread';

/** Composition root of an engine thread: the kernels alone, on elements that another thread reads. */
if (parentPort === null) throw new Error('The engine worker runs only as a worker thread.');
serveEngineThread(parentPort, workerData);
