import { Worker } from 'node:worker_threads';
import { BackendUnavailableError, KernelError } from '../errors.ts';
import type { Batch } from './batch.ts';
import type { WorkerOrder, WorkerReport } from './worker.ts';

/** The error a caller gets when a twin throws. */
export function twinError(label: string, message: string, cause: unknown): KernelError {
  return new KernelError(`${label} failed on the CPU: ${message}`, { cause });
}

interface Pending {
  readonly batch: Batch;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads that run one batch at a time together. They start with the first batch or with `start`, sleep without work and do not
 * keep the process alive; after a crash the next batch starts new ones.
 */
export class WorkerPool {
  readonly #url: URL;
  readonly #threads: number;
  #workers: Worker[] = [];
  #pending: Pending | undefined;

  constructor(url: URL, threads: number) {
    this.#url = url;
    this.#threads = threads;
  }

  /**
   * Runs a batch on all threads; the caller waits for it before the next. Rejects with KernelError naming the kernel
   * when a twin throws, with BackendUnavailableError when the threads cannot start or stop by themselves.
   * @param newBytes of the batch's memories that no batch had before
   */
  async run(batch: Batch, newBytes: number): Promise<void> {
    this.start();
    const workers = this.#workers;
    // A promise alone does not keep Node alive.
    for (const worker of workers) worker.ref();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#pending = { batch, resolve, reject };
        for (const worker of workers) worker.postMessage({ batch, newBytes } satisfies WorkerOrder);
      });
    } finally {
      this.#pending = undefined;
      for (const worker of workers) worker.unref();
    }
  }

  /** Ends the threads and waits for them. */
  async dispose(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Starts the threads unless they run. */
  start(): void {
    if (this.#workers.length > 0) return;
    for (let thread = 0; thread < this.#threads; thread++) {
      const worker = new Worker(this.#url, { name: `efface-cpu-${thread}` });
      worker.on('message', (report: WorkerReport) => this.#onReport(report));
      worker.on('error', (error) => void this.#onCrash(worker, error));
      worker.on('exit', () => void this.#onCrash(worker, undefined));
      worker.unref();
      this.#workers.push(worker);
    }
  }

  #onReport({ batch, failure }: WorkerReport): void {
    const pending = this.#pending;
    // The threads that come second to the end of a batch report it too.
    if (pending === undefined || pending.batch.id !== batch) return;
    if (failure !== undefined) {
      pending.reject(twinError(failure.label, failure.message, { stackInWorker: failure.stack }));
    } else if (Atomics.load(new Int32Array(pending.batch.control), 0) === 0) {
      pending.resolve();
    }
  }

  async #onCrash(worker: Worker, cause: unknown): Promise<void> {
    if (!this.#workers.includes(worker)) return;
    const pending = this.#pending;
    // The others may be waiting for the one that is gone.
    await this.dispose();
    const reason = cause instanceof Error ? cause.message : 'it ended';
    pending?.reject(new BackendUnavailableError(`a CPU worker (${this.#url.pathname}) stopped: ${reason}`, { cause }));
  }
}
