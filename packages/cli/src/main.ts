#!/usr/bin/env node
import { isMainThread, workerData } from 'node:worker_threads';

/** The bundle is one file: started as a CPU worker it serves kernels, started by a person it is the command line. */
async function main(): Promise<void> {
  if (!isMainThread && (workerData as { effaceCpuWorker?: boolean } | null)?.effaceCpuWorker) {
    await import('@efface/kernels/cpu-worker');
    return;
  }
  // Who reads the output may have had enough of it (`efface … | head`); the work goes on.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}

await main();
