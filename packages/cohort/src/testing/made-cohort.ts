import { openBackend } from '@efface/kernels/backends';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { COHORT_FILES, type CohortConfig, type CohortPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { makePlan } from '../plan/make-plan.ts';
import { writePlan } from '../plan/write-plan.ts';
import { Journal, type JournalLine, type Outcome } from '../run/journal.ts';
import { ItemRunner } from '../run/run-item.ts';

const ROBUST = { method: 'quickshear', rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: false } as const; // prettier-ignore

/** The least there is to do: one plain way, nobody tries to recognise anybody. */
export const PLAIN_CONFIG: CohortConfig = {
  ways: [{ name: 'quickshear', method: ROBUST }],
  verify: 'off',
  seed: 0,
  pictures: true,
  drift: false,
  protect: [],
  open: { allowUnknownOrientation: false, allowResample: false, keepSourceReferences: false, allowUncleaned: false },
  template: { sha256: '' },
};

const RUNNER = { host: hostname(), pid: process.pid, token: 'test' };

/** Plans a cohort in a folder. */
export async function planCohort(
  folder: string,
  input: string,
  config: Partial<CohortConfig> = {},
): Promise<CohortPlan> {
  const plan = await makePlan(input, { config: { ...PLAIN_CONFIG, ...config }, casesPerShard: 1000, softwareVersion: 'test' }); // prettier-ignore
  await writePlan(folder, plan, { input, overwrite: false });
  return plan;
}

/** Does everything a plan asks for, in this process, and journals it as a run does. */
export async function doCohort(folder: string, plan: CohortPlan): Promise<Outcome[]> {
  await using backend = await openBackend('cpu', { threads: 1 });
  const uidKey = await readFile(join(folder, COHORT_FILES.uidKey));
  const runner = new ItemRunner({ backend, plan, folder, uidKey, softwareVersion: 'test' });
  const outcomes: Outcome[] = [];
  for (const item of workItems(plan)) {
    const beginMs = performance.now();
    const result = await runner.run(item);
    outcomes.push(outcomeOf(item, { ...result, durationMs: performance.now() - beginMs }));
  }
  await journal(folder, outcomes);
  return outcomes;
}

/** A line of the journal for what became of an item. */
export function outcomeOf(
  { id, key, shard }: WorkItem,
  result: Pick<Outcome, 'verdict' | 'groups' | 'failures' | 'leftOut' | 'durationMs'>,
): Outcome {
  return {
    event: 'outcome',
    item: id,
    key,
    shard,
    attempt: 1,
    ...result,
    runner: RUNNER,
    at: new Date().toISOString(),
  };
}

/** Appends lines in a journal of their own. */
export async function journal(folder: string, lines: readonly JournalLine[]): Promise<void> {
  await using file = await Journal.create(folder, 'test');
  for (const line of lines) await file.append(line);
}
