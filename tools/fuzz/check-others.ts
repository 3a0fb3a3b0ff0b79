import { type CohortConfig, makePlan, readPlan, workItems } from '@efface/cohort';
import { readMaskNifti, readNrrd } from '@efface/io';
import { type Grid, orientationCode, voxelCount } from '@efface/volume';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FuzzInput } from './fuzz-case.ts';
import { type Findings } from './problems.ts';

export async function checkNrrd({ path }: FuzzInput, findings: Findings): Promise<void> {
  const volume = await findings.step('nrrd', path, () => readNrrd(path));
  if (!volume) return;
  if (volume.voxels.length !== voxelCount(volume.grid)) findings.problem('another number of voxels than its grid has');
  await findings.step('orientation', '/', async () => orientationCode(volume.grid));
  findings.outcome('nrrd: read');
}

const MASK_GRID: Grid = { sizeIjk: [3, 4, 2], affineIjkToLps: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0] };

export async function checkMask({ path }: FuzzInput, findings: Findings): Promise<void> {
  const mask = await findings.step('mask', path, () => readMaskNifti(path, MASK_GRID));
  if (mask) findings.outcome('mask: read');
}

const CONFIG: CohortConfig = {
  ways: [
    {
      name: 'quickshear',
      method: { method: 'quickshear', rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: true },
    },
  ],
  verify: 'off',
  seed: 1,
  pictures: false,
  drift: false,
  protect: [],
  open: { allowUnknownOrientation: false, allowResample: false, keepSourceReferences: false, allowUncleaned: false },
  template: { sha256: '' },
};

/** Plans what a manifest names; folders of cases have safe names of their own, and the plan reads again. */
export async function checkManifest({ path }: FuzzInput, output: string, findings: Findings): Promise<void> {
  const plan = await findings.step('plan', '/', () =>
    makePlan(path, { config: CONFIG, casesPerShard: 2, softwareVersion: '0' }),
  );
  if (!plan) return;
  const seen = new Set<string>();
  for (const { input, id } of workItems(plan)) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*\/quickshear$/.test(id))
      findings.problem(`a case is called ${JSON.stringify(id)}`);
    if (seen.has(input.id.toLowerCase())) findings.problem(`two cases are called ${input.id}`);
    seen.add(input.id.toLowerCase());
  }
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'plan.json'), JSON.stringify(plan));
  const again = await findings.step('plan again', '/', () => readPlan(output));
  if (!again) findings.problem('the plan that was made does not read');
  findings.outcome('plan: made');
}
