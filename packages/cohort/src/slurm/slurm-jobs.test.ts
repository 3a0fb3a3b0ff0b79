import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latestJobs, readJobs, recordJob, SLURM_SCHEMA, type SlurmJob } from './job-list.ts';
import { isUnfinished, parseAccounts, parseQueue } from './job-states.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'efface-jobs-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const job = (kind: SlurmJob['kind'], number: number, after?: number): SlurmJob => ({
  schema: SLURM_SCHEMA,
  kind,
  job: String(number),
  ...(after === undefined ? {} : { after: String(after) }),
  shards: 6,
  plan: 'f'.repeat(64),
  at: '2026-11-29T20:00:00.000Z',
});

describe('the list of jobs', () => {
  const cohort = (name: string): string => {
    const folder = join(scratch, name);
    mkdirSync(join(folder, 'slurm'), { recursive: true });
    return folder;
  };

  it('is empty before the first submission', async () => {
    expect(await readJobs(cohort('new'))).toEqual([]);
    expect(latestJobs([])).toEqual({});
  });

  it('keeps what was recorded, also behind a line that a full disk cut off', async () => {
    const folder = cohort('torn');
    await recordJob(folder, job('array', 5));
    appendFileSync(join(folder, 'slurm/jobs.jsonl'), '{"schema":"efface-sl');
    await recordJob(folder, job('merge', 6, 5));
    expect(await readJobs(folder)).toEqual([job('array', 5), job('merge', 6, 5)]);
  });

  it('knows the last array and the merge of that array', async () => {
    const [first, second, firstMerge] = [job('array', 5), job('array', 8), job('merge', 6, 5)];
    expect(latestJobs([first, firstMerge, second])).toEqual({ array: second });
    const merge = job('merge', 9, 8);
    expect(latestJobs([first, firstMerge, second, merge])).toEqual({ array: second, merge });
  });

  it('is refused when a line is whole and no job: numbers go to squeue', async () => {
    const folder = cohort('damaged');
    writeFileSync(join(folder, 'slurm/jobs.jsonl'), `${JSON.stringify({ ...job('array', 5), job: '5 --me' })}\n`);
    await expect(readJobs(folder)).rejects.toThrow(/jobs\.jsonl: line 1: job: /);
  });
});

describe('what Slurm says', () => {
  // Printed by squeue of Slurm 22.05.8.
  const QUEUE = `3|1|PENDING||BeginTime
4|N/A|PENDING||Dependency
3|0|RUNNING|vm|None
3|2|CANCELLED|vm|None
3|3|FAILED|vm|NonZeroExitCode
`;

  it('of tasks and jobs in the queue', () => {
    expect(Object.fromEntries(parseQueue(QUEUE))).toEqual({
      '3_1': { state: 'PENDING', reason: 'BeginTime' },
      4: { state: 'PENDING', reason: 'Dependency' },
      '3_0': { state: 'RUNNING', node: 'vm' },
      '3_2': { state: 'CANCELLED', node: 'vm' },
      '3_3': { state: 'FAILED', node: 'vm', reason: 'NonZeroExitCode' },
    });
    expect([...parseQueue(QUEUE)].filter(([, state]) => isUnfinished(state)).map(([name]) => name)).toEqual(['3_1', '4', '3_0']); // prettier-ignore
  });

  it('is nothing when squeue prints nothing', () => {
    expect(parseQueue('').size).toBe(0);
    expect(parseAccounts('').size).toBe(0);
  });
});
