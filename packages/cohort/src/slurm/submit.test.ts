import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CohortPlan, sealPlan } from '../plan/cohort-plan.ts';
import { writePlan } from '../plan/write-plan.ts';
import { submitToSlurm, type SubmitRequest } from './submit.ts';

let scratch: string;
let path: string | undefined;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'efface-submit-'));
  mkdirSync(join(scratch, 'in'));
  path = process.env['PATH'];
  // Whatever is installed: here is no Slurm.
  process.env['PATH'] = '/nowhere';
});
afterAll(() => {
  process.env['PATH'] = path;
  rmSync(scratch, { recursive: true, force: true });
});

/** Five inputs, two a shard. Nothing here opens them. */
function planOfFive(): CohortPlan {
  const inputs = [1, 2, 3, 4, 5].map((n) => ({
    id: `head-${n}`,
    subject: `head-${n}`,
    session: '',
    path: `head-${n}.nii`,
    files: [{ path: `head-${n}.nii`, sizeBytes: 1, sha256: '0'.repeat(64) }],
  }));
  return sealPlan({
    software: '1.0.0',
    root: join(scratch, 'in'),
    kind: 'nifti',
    config: {
      ways: [
        {
          name: 'depth-mask',
          method: { method: 'depth-mask', coverMm: 4, reliefMm: 8, keepOutMm: 5, ears: true, seed: 0 },
        },
      ],
      verify: 'off',
      seed: 0,
      pictures: false,
      drift: false,
      protect: [],
      open: {
        allowUnknownOrientation: false,
        allowResample: false,
        keepSourceReferences: false,
        allowUncleaned: false,
      },
      template: { sha256: '' },
    },
    casesPerShard: 2,
    inputs,
    leftOut: [],
  });
}

describe('a submission', () => {
  let request: SubmitRequest;
  let n = 0;
  beforeEach(async () => {
    const folder = join(scratch, `cohort-${++n}`);
    await writePlan(folder, planOfFive(), { input: join(scratch, 'in'), overwrite: false });
    request = { folder, command: ['efface'], runArguments: ['--backend', 'cpu'], settings: {}, dryRun: true };
  });

  it('that is a dry run leaves the two scripts and nothing else, the same every time', async () => {
    const { scripts, shards, array } = await submitToSlurm(request);
    expect({ shards, array }).toEqual({ shards: 3, array: undefined });
    expect(readdirSync(join(request.folder, 'slurm')).sort()).toEqual(['array.sbatch', 'merge.sbatch']);
    for (const { path: file, text } of scripts) expect(readFileSync(file, 'utf8')).toBe(text);
    expect(scripts[0].text).toContain('\n#SBATCH --array=0-2\n');
    expect((await submitToSlurm(request)).scripts).toEqual(scripts);
  });

  it('says so where there is no Slurm, and writes down no job', async () => {
    await expect(submitToSlurm({ ...request, dryRun: false })).rejects.toMatchObject({ code: 'SLURM_NOT_THERE', exit: 'unavailable' }); // prettier-ignore
    expect(readdirSync(join(request.folder, 'slurm'))).not.toContain('jobs.jsonl');
  });

  it('is refused before anything is written: wrong settings, a plan of another version, a folder without a plan', async () => {
    const wrong = { ...request, settings: { partition: 'a b' } };
    await expect(submitToSlurm(wrong)).rejects.toMatchObject({ code: 'SLURM_SETTING', exit: 'usage' });
    await expect(submitToSlurm({ ...request, softwareVersion: '2.0.0' })).rejects.toMatchObject({ code: 'PLAN_OTHER_SOFTWARE' }); // prettier-ignore
    expect(readdirSync(request.folder)).not.toContain('slurm');
    await expect(submitToSlurm({ ...request, folder: join(scratch, 'in') })).rejects.toMatchObject({ code: 'PLAN_NOT_THERE' }); // prettier-ignore
  });
});
