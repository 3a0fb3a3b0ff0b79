// Entry of the bundle that pack.ts makes: its own CPU worker, else the command line of run.sh.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const { reportUsageErrors } = await import('@efface/benchmarks/usage');
  const { runDeviceCheck } = await import('./run-check.ts');
  reportUsageErrors();
  process.exitCode = await runDeviceCheck(process.argv.slice(2), new URL(import.meta.url));
} else await import('@efface/kernels/cpu-worker');
