import { type Backend } from '@efface/compute';
import { abortAll } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { EffaceError } from '@efface/volume';
import { describeFailure, reportFailure } from './failure.ts';
import { type ComputeOptions } from './options.ts';

/** A signal stopped the work; staged output has been removed. */
export class InterruptedError extends EffaceError {
  constructor(signal: string) {
    super('INTERRUPTED', 'interrupted', `stopped by ${signal}; no partial output was left, run it again`);
  }
}

/** Opens the backend the user asked for, hands it to `work` and closes it, also after a failure. */
export async function withCliBackend<T>(options: ComputeOptions, work: (backend: Backend) => Promise<T>): Promise<T> {
  await using backend = await openBackend(options.backend, {
    ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...workerOfBundle(),
    // They are up when the input has been read.
    startsEarly: true,
  });
  return await work(backend);
}

/** Bundled, the CPU workers lie beside the bundle; from source they have a file among the kernels. */
function workerOfBundle(): { workerUrl?: URL } {
  return import.meta.url.endsWith('.mjs') ? { workerUrl: new URL('./efface-cpu-worker.mjs', import.meta.url) } : {};
}

/**
 * From now on SIGINT and SIGTERM remove what is staged, say so and end the process with the published code. Batch
 * systems send SIGTERM before they kill; what is being computed is lost, what is written is whole.
 */
export function exitOnSignals(json: boolean): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      abortAll();
      const failure = describeFailure(new InterruptedError(signal));
      reportFailure(failure, json);
      // eslint-disable-next-line no-restricted-syntax -- worker threads and the device would keep the process alive
      process.exit(failure.exitCode);
    });
  }
}
