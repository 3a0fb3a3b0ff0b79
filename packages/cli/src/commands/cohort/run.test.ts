import { describe, expect, it } from 'vitest';
import { shardOf } from './run.ts';

describe('the shard', () => {
  it.each([
    [undefined, {}, undefined],
    [3, { SLURM_ARRAY_TASK_ID: '7' }, 3],
    [0, { SLURM_ARRAY_TASK_ID: '7' }, 0],
    [undefined, { SLURM_ARRAY_TASK_ID: '7' }, 7],
    [undefined, { SLURM_ARRAY_TASK_ID: '0' }, 0],
    [undefined, { PBS_ARRAY_INDEX: '2' }, 2],
    [undefined, { AWS_BATCH_JOB_ARRAY_INDEX: '2' }, 2],
    [undefined, { JOB_COMPLETION_INDEX: '2' }, 2],
    // These count from 1, and say so where there is no array.
    [undefined, { LSB_JOBINDEX: '1' }, 0],
    [undefined, { LSB_JOBINDEX: '0' }, undefined],
    [undefined, { SGE_TASK_ID: '4' }, 3],
    [undefined, { SGE_TASK_ID: 'undefined' }, undefined],
    [undefined, { SLURM_ARRAY_TASK_ID: '' }, undefined],
  ])('of --shard %s under %j is %s', (option, env, shard) => {
    expect(shardOf(option, env)).toBe(shard);
  });

  it.each([{ SLURM_ARRAY_TASK_ID: '-1' }, { SLURM_ARRAY_TASK_ID: '1.5' }, { PBS_ARRAY_INDEX: '1[].head' }])(
    'of %j is refused',
    (env) => {
      expect(() => shardOf(undefined, env)).toThrow(/is no index of a shard; say --shard/);
    },
  );
});
