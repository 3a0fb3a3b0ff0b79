import { parentPort } from 'node:worker_threads';
import { weighShared } from '@efface/volume';
import { KernelError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { type Batch, runBatch } from './batch.ts';

/** All kernels by id, as generated into kernels/registry.ts. */
export type KernelRegistry = Readonly<Record<string, Kernel>>;

/** What a worker is sent. */
export interface WorkerOrder {
  readonly batch: Batch;
  /** Bytes of its memories that this worker has not been sent before. */
  readonly newBytes: number;
}

/** What a worker says when it is through with a batch. */
export interface WorkerReport {
  readonly batch: number;
  /** Set by the thread where a twin threw. */
  readonly failure?: { readonly label: string; readonly message: string; readonly stack: string };
}

/**
 * The whole of a CPU worker: runs the batches its parent posts, sleeping in between. Call it once from the worker's
 * entry file. Throws KernelError on the main thread.
 */
export function serveCpuWorker(registry: KernelRegistry): void {
  const port = parentPort;
  if (port === null) throw new KernelError('serveCpuWorker runs in a worker thread only');
  port.on('message', ({ batch, newBytes }: WorkerOrder) => {
    // Memory that comes again was weighed when it came first; to weigh it with every batch would be to collect all the time.
    weighShared(newBytes);
    const failure = runBatch(batch, ({ kernelId }) => {
      const kernel = registry[kernelId];
      if (kernel === undefined) throw new KernelError(`${kernelId} is not in the registry of the CPU workers`);
      return kernel.cpu;
    });
    const report: WorkerReport = { batch: batch.id };
    if (failure === undefined) port.postMessage(report);
    else port.postMessage({ ...report, failure: { label: failure.label, ...describeThrown(failure.thrown) } });
  });
}

/** Text only: what was thrown may not survive the way to the other thread. */
function describeThrown(thrown: unknown): { readonly message: string; readonly stack: string } {
  return thrown instanceof Error
    ? { message: thrown.message, stack: thrown.stack ?? '' }
    : { message: String(thrown), stack: '' };
}
