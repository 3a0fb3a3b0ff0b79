import { DeviceLostError } from '@efface/compute';
import { abortAll } from '@efface/io';
import { type CohortPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { type ItemRunner } from './run-item.ts';
import { type FromWorker, type ToWorker, type WorkerFailure } from './worker-messages.ts';

/** The exit code of a worker whose device is gone: its run starts another. */
const DEVICE_LOST_EXIT = 70;

/**
 * Does the items that the parent process names, as many at a time as it sends, until it says that there are no more. Ends at once
 * when the parent is gone.
 * @param describe turns what ends a run into its exit code
 */
export async function serveItems(
  runner: ItemRunner,
  plan: CohortPlan,
  backendName: string,
  describe: (error: unknown) => WorkerFailure,
): Promise<void> {
  const items = new Map(workItems(plan).map((item) => [item.id, item]));
  const working = new Set<Promise<void>>();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  process.once('disconnect', () => {
    // Nobody would journal what is done now.
    abortAll();
    // eslint-disable-next-line no-restricted-syntax -- worker threads and the device would keep the process alive
    process.exit(1);
  });
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'finish') {
      finish();
      return;
    }
    const item = items.get(message.id);
    if (item) {
      const work = serve(runner, item, describe).finally(() => working.delete(work));
      working.add(work);
    }
  });
  tell({ kind: 'ready', backend: backendName });
  await finished;
  await Promise.all(working);
}

async function serve(runner: ItemRunner, item: WorkItem, describe: (error: unknown) => WorkerFailure): Promise<void> {
  const beginNs = process.hrtime.bigint();
  try {
    const result = await runner.run(item);
    tell({ kind: 'result', id: item.id, durationMs: Number(process.hrtime.bigint() - beginNs) / 1e6, result });
  } catch (error) {
    if (error instanceof DeviceLostError) {
      abortAll();
      // eslint-disable-next-line no-restricted-syntax -- nothing on this device can be awaited any more
      process.exit(DEVICE_LOST_EXIT);
    }
    tell({ kind: 'stop', failure: describe(error) });
  }
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
