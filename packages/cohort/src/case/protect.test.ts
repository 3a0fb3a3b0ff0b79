import { type Backend } from '@efface/compute';
import { BIOMETRIC_MASK_DEFAULTS, DEPTH_MASK_DEFAULTS } from '@efface/deface';
import { openScan, openStudy, writeStudy } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { generateStudy } from '@efface/test-data';
import { maskHas } from '@efface/volume';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupByFrameOfReference } from '../groups.ts';
import { readTemplate, shippedTemplatePath } from '../template/read-template.ts';
import { type CaseOptions } from './case-options.ts';
import { runCase } from './case.ts';
import { type Protection } from './protect.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
const folder = join(scratch, 'study');
const study = generateStudy({ seed: 7, ctSpacingMm: [2, 2, 5] });
let backend: Backend;
beforeAll(async () => {
  await writeStudy(folder, study);
  backend = await openBackend('cpu');
});
afterAll(() => backend[Symbol.asyncDispose]());

const options = (protection?: Protection): CaseOptions => ({
  method: { method: 'quickshear', rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: false },
  ...(protection ? { protection } : {}),
  seed: 0,
  pictures: false,
  overwrite: false,
  dryRun: false,
  inputs: [folder],
  softwareVersion: 'test',
});

async function deface(name: string, protection?: Protection): ReturnType<typeof runCase> {
  const [group] = groupByFrameOfReference(await openStudy(folder));
  return runCase(backend, group, join(scratch, name), options(protection));
}

/** Voxels of a structure of the CT that are not as they were. */
async function changed(name: string, structure: string, of = study, input = folder): Promise<number> {
  const [before, after] = await Promise.all(
    [join(input, 'CT'), join(scratch, name, 'series-1')].map(async (path) => (await openScan(path)).volume),
  );
  const mask = of.masks[of.regions.findIndex((region) => region.name === structure)];
  const [ni, nj] = before.grid.sizeIjk;
  let count = 0;
  for (let v = 0; v < before.voxels.length; v++)
    if (before.voxels[v] !== after.voxels[v] && maskHas(mask, v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj)))) count++; // prettier-ignore
  return count;
}

describe('protected structures', () => {
  it('stay to the bit where the method would alter them, and the conflict is counted', async () => {
    await deface('plain');
    expect(await changed('plain', 'Eye_L')).toBeGreaterThan(0);
    expect(await changed('plain', 'Bone_Mandible')).toBeGreaterThan(0);
    // One by its name, one by what others call it.
    const record = await deface('protected', { names: ['Eye_L', 'mandible'] });
    expect(await changed('protected', 'Eye_L')).toBe(0);
    expect(await changed('protected', 'Bone_Mandible')).toBe(0);
    expect(await changed('protected', 'Eye_R')).toBeGreaterThan(0);
    const ct = record.images.find(({ modality }) => modality === 'CT');
    const kept = new Map(ct?.keptBack.filter(({ what }) => what === 'protected').map((own) => [own.name, own.nVoxels]));
    expect(kept.get('Eye_L')).toBe(await changed('plain', 'Eye_L'));
    expect(kept.get('mandible')).toBeGreaterThan(0);
  });

  it('are refused by name when nothing of that name is there', async () => {
    await expect(deface('missing', { names: ['Larynx'] })).rejects.toMatchObject({
      code: 'PROTECT_NOT_FOUND',
      message: expect.stringMatching(/^Larynx: .*BODY, Bone_Mandible, Brain, /) as string,
    });
  });
});

describe('what is drawn', () => {
  it('keeps eyes to the voxel under depth-mask, whose cover begins in the half-filled voxels of the skin', async () => {
    const [group] = groupByFrameOfReference(await openStudy(folder));
    const method = { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS, seed: 0 } as const;
    const record = await runCase(backend, group, join(scratch, 'covered'), { ...options(), method });
    expect(await changed('covered', 'Eye_L')).toBe(0);
    expect(await changed('covered', 'Eye_R')).toBe(0);
    const ct = record.images.find(({ modality }) => modality === 'CT');
    const kept = ct?.keptBack
      .filter(({ what }) => what === 'protected')
      .map(({ name, nVoxels }) => [name, nVoxels > 0]);
    expect(kept).toEqual([['Eye_L', true], ['Eye_R', true]]); // prettier-ignore
  });

  it('keeps a brain to the voxel where the search for it missed its front by more than the keep-out distance', async () => {
    const bare = join(scratch, 'bare');
    const missed = generateStudy({ seed: 2006, ctSpacingMm: [2, 2, 2.5], ctOnly: true, devices: false });
    await writeStudy(bare, missed);
    const [group] = groupByFrameOfReference(await openStudy(bare));
    const template = await readTemplate(shippedTemplatePath());
    const method = { method: 'biometric-mask', rule: 'full', ...BIOMETRIC_MASK_DEFAULTS } as const;
    const record = await runCase(backend, group, join(scratch, 'boxed'), { ...options(), method, template, inputs: [bare] });
    expect(record.images[0].keptBack.find(({ name }) => name === 'Brain')?.nVoxels).toBeGreaterThan(0);
    expect(await changed('boxed', 'Brain', missed, bare)).toBe(0);
  }); // prettier-ignore

  it('is named where it could not be read, and the case goes on', async () => {
    const [group] = groupByFrameOfReference(await openStudy(folder));
    const method = { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS, seed: 0 } as const;
    const protection = { names: [], structuresPath: join(scratch, 'nowhere') };
    const record = await runCase(backend, group, join(scratch, 'unread'), { ...options(protection), method });
    expect(record.verdict).not.toBe('fail');
    expect(record.findings).toContainEqual({
      code: 'DRAWN_NOT_READ',
      severity: 'note',
      message: expect.stringContaining('nowhere') as string,
    });
  });
});
