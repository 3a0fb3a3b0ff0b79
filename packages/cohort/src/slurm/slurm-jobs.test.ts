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
  // Printed by squeue and sacct of Slurm 22.05.8, the one a little later than the other.
  const QUEUE = `19|3|CANCELLED||JobArrayTaskLimit
19|2|COMPLETED|vm|None
19|1|RUNNING|vm|None
19|0|FAILED|vm|NonZeroExitCode
20|N/A|PENDING||Dependency
`;
  const ACCOUNTS = `19_0|FAILED|8:0|vm
19_1|COMPLETED|0:0|vm
19_2|RUNNING|0:0|vm
19_[2-3%1]|CANCELLED by 0|0:0|None assigned
20|PENDING|0:0|None assigned
`;

  it('of the queue', () => {
    expect(Object.fromEntries(parseQueue(QUEUE))).toEqual({
      '19_3': { state: 'CANCELLED', reason: 'JobArrayTaskLimit' },
      '19_2': { state: 'COMPLETED', node: 'vm' },
      '19_1': { state: 'RUNNING', node: 'vm' },
      '19_0': { state: 'FAILED', node: 'vm', reason: 'NonZeroExitCode' },
      20: { state: 'PENDING', reason: 'Dependency' },
    });
    const unfinished = [...parseQueue(QUEUE)].filter(([, state]) => isUnfinished(state)).map(([name]) => name);
    expect(unfinished.sort()).toEqual(['19_1', '20']);
  });

  it('of accounts', () => {
    expect(Object.fromEntries(parseAccounts(ACCOUNTS))).toEqual({
      '19_0': { state: 'FAILED', exitCode: 8, node: 'vm' },
      '19_1': { state: 'COMPLETED', exitCode: 0, node: 'vm' },
      '19_2': { state: 'RUNNING', exitCode: 0, node: 'vm' },
      20: { state: 'PENDING', exitCode: 0 },
    });
  });

  it('is nothing when they print nothing', () => {
    expect(parseQueue('').size).toBe(0);
    expect(parseAccounts('').size).toBe(0);
  });
});
