import { analyseHead } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { writeNifti } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { type FaceNetworks, faceThresholdReal, fastGrid, openFaceNetworks, STANDARD_GRID } from '@efface/reidentify';
import { checkoutModels } from '@efface/reidentify/testing';
import { generateHead } from '@efface/test-data';
import { allocateVoxels, type Volume } from '@efface/volume';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquirePerson, type KnownPose } from './acquire-person.ts';

const models = checkoutModels();
const title =
  models === undefined ? 'looking at people (skipped: no face networks; npm run models)' : 'looking at people';

describe.skipIf(models === undefined)(title, () => {
  let backend: Backend;
  let networks: FaceNetworks;
  let folder: string;
  beforeAll(async () => {
    backend = await openBackend('cpu');
    networks = await openFaceNetworks(models ?? '');
    folder = mkdtempSync(join(tmpdir(), 'efface-acquire-'));
  });
  afterAll(async () => {
    await networks[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const source = (path: string) => ({ subject: 'a', session: '', method: '', path, kind: 'scan' }) as const;
  const grid = fastGrid(STANDARD_GRID);

  /** The head without anything above the middle of the brain: nobody finds a head in it, its face is all there. */
  const withoutVault = async (volume: Volume): Promise<Volume> => {
    const { frame } = await analyseHead(backend, volume);
    const [ni, nj, nk] = volume.grid.sizeIjk;
    const a = volume.grid.affineIjkToLps;
    const firstK = Math.round((frame.originLps[2] - a[11]) / a[10]);
    const voxels = allocateVoxels(volume.type, ni * nj * nk);
    voxels.set(volume.voxels.subarray(0, ni * nj * firstK) as never);
    return { ...volume, voxels };
  };

  it('poses a head that is not found as the known scan on its grid lies, and says so', async () => {
    const path = join(folder, 'head.nii');
    const { volume } = generateHead({ seed: 1, contrast: 't1', spacingMm: 2.5 });
    await writeNifti(path, volume);
    const alone = await acquirePerson(backend, networks, source(path), { grid, alter: withoutVault });
    expect(alone).toMatchObject({ failure: { code: 'NOT_A_HEAD' } });
    const anatomy = await analyseHead(backend, volume);
    const pose: KnownPose = {
      grid: volume.grid,
      frame: anatomy.frame,
      thresholdReal: faceThresholdReal(volume, anatomy),
    };
    const posed = await acquirePerson(backend, networks, source(path), { grid, alter: withoutVault, pose });
    expect(posed).toMatchObject({ isPosedAsKnown: true, modality: 'OT' });
    expect('description' in posed && posed.description.descriptors).toHaveLength(9);
    const elsewhere = { ...pose, grid: { ...pose.grid, sizeIjk: [1, 1, 1] as const } };
    const other = await acquirePerson(backend, networks, source(path), { grid, alter: withoutVault, pose: elsewhere });
    expect(other).toMatchObject({ failure: { code: 'NOT_A_HEAD' } });
  });

  it('counts what is no image, no face, or not there as a failure with its reason', async () => {
    const text = join(folder, 'text.nii');
    writeFileSync(text, 'no image');
    const codes: string[] = [];
    for (const path of [text, join(folder, 'nowhere.nii')]) {
      const acquired = await acquirePerson(backend, networks, source(path), { grid });
      codes.push('failure' in acquired ? acquired.failure.code : 'acquired');
      expect('failure' in acquired && acquired.failure.message).toContain(path);
    }
    expect(codes).toEqual(['NIFTI_WRONG_MAGIC', 'INPUT_NOT_FOUND']);
  });
});
