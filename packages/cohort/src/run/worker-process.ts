import { type ChildProcess } from 'node:child_process';
import { type ItemResult } from './run-item.ts';
import { type FromWorker, type ToWorker, WorkerError } from './worker-messages.ts';

/** How long a worker has to drop what it has begun once it is told to stop, ms. */
const GRACE_MS = 5_000;

/** What became of an item: its result, or why the worker is no more. */
export type Done = { readonly result: ItemResult; readonly durationMs: number } | { readonly died: string };

/** One worker process as its run sees it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (done: Done) => void>();
  readonly #exited: Promise<void>;
  /** What the worker said cannot go on; the run ends with it. */
  #stop: WorkerError | undefined;
  #death: string | undefined;
  #reason: string | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const gone = (death: string): void => {
        this.#death ??= this.#reason ?? death;
        for (const settle of this.#waiting.values()) settle({ died: this.#death });
        this.#waiting.clear();
        resolve();
      };
      child.once('exit', (code, signal) => {
        gone(signal === null ? `exit code ${code}` : `signal ${signal}`);
      });
      child.once('error', ({ message }) => {
        gone(message);
      });
    });
    child.on('message', (message: FromWorker) => {
      this.#hear(message);
    });
  }

  /** Waits until a started process can work. @throws WorkerError when it cannot */
  static async start(child: ChildProcess, signal?: AbortSignal): Promise<WorkerProcess> {
    const worker = new WorkerProcess(child);
    await new Promise<void>((resolve, reject) => {
      worker.#onReady = resolve;
      signal?.addEventListener('abort', () => void worker.end(true).then(resolve), { once: true });
      void worker.#exited.then(() => {
        // An aborted run wants no explanation.
        if (signal?.aborted) resolve();
        else reject(worker.#stop ?? new WorkerError({ code: 'WORKER_DIED', exitCode: 1, message: `a worker process ended before it could work (${worker.#death})` })); // prettier-ignore
      });
    });
    return worker;
  }

  #onReady: () => void = () => undefined;

  /** Whether nothing can be asked of it any more. */
  get isGone(): boolean {
    return this.#death !== undefined || this.#stop !== undefined;
  }

  /** Has an item done. @throws WorkerError for what stops the run */
  async do(id: string, timeoutMs: number): Promise<Done> {
    if (this.#death !== undefined) return { died: this.#death };
    const hung = setTimeout(() => {
      this.#reason = `it took longer than ${Math.round(timeoutMs / 1000)} s`;
      this.#child.kill('SIGKILL');
    }, timeoutMs);
    try {
      const done = await new Promise<Done>((resolve) => {
        this.#waiting.set(id, resolve);
        this.#tell({ kind: 'item', id });
      });
      if ('died' in done && this.#stop) throw this.#stop;
      return done;
    } finally {
      clearTimeout(hung);
    }
  }

  /** Lets the worker finish what it has in hand, or not (`isAbandoned`), and waits for its end. */
  async end(isAbandoned: boolean): Promise<void> {
    if (this.#death !== undefined) return;
    if (isAbandoned) this.#child.kill('SIGTERM');
    else this.#tell({ kind: 'finish' });
    const stubborn = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.#exited;
    clearTimeout(stubborn);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'ready') this.#onReady();
    else if (message.kind === 'result') {
      const { id, result, durationMs } = message;
      this.#waiting.get(id)?.({ result, durationMs });
      this.#waiting.delete(id);
    } else {
      this.#stop = new WorkerError(message.failure);
      this.#child.kill('SIGTERM');
    }
  }

  #tell(message: ToWorker): void {
    // A worker that has just died says so by its exit.
    this.#child.send(message, () => undefined);
  }
}
