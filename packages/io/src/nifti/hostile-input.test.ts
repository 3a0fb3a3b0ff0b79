import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNifti, type NiftiRecipe, UNIT_SFORM } from '../testing/build-nifti.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { openNifti } from './nifti-scan.ts';

// What the fuzzer of tools/fuzz found, each on its own.

const folder = temporaryFolder();
afterAll(folder.remove);

function file(change: Partial<NiftiRecipe>): string {
  const path = join(folder.path, 'image.nii');
  writeFileSync(path, buildNifti({ version: 2, datatype: 2, dim: [3, 2, 2, 2], sform: UNIT_SFORM, voxels: new Uint8Array(8), ...change })); // prettier-ignore
  return path;
}

describe('a NIfTI file', () => {
  it.each([
    ['of a million frames of one voxel, each an array', [4, 1, 1, 1, 1_000_000]],
    ['of a million slices of one voxel, each with a rescale', [3, 1, 1, 1_000_000]],
    ['of a million voxels in one row', [3, 1_000_000, 1, 1]],
  ])('%s is refused', async (_, dim) => {
    const opened = openNifti(file({ dim, voxels: new Uint8Array(1_000_000) }));
    await expect(opened).rejects.toMatchObject({ code: 'NIFTI_UNSUPPORTED_SHAPE', exit: 'inputRefused' });
  });

  it('keeps one rescale for all frames', async () => {
    const { frames } = await openNifti(file({ dim: [4, 1, 1, 2, 4] }));
    expect(new Set(frames.map(({ rescale }) => rescale)).size).toBe(1);
  });

  it.each([
    ['voxels of kilometres', [1e6, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]],
    ['voxels of nothing', [1e-9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]],
    ['an origin beyond the moon', [1, 0, 0, 1e30, 0, 1, 0, 0, 0, 0, 1, 0]],
  ])('with %s is damaged', async (_, rows) => {
    const opened = openNifti(file({ sform: { code: 1, rows } }));
    await expect(opened).rejects.toMatchObject({ code: 'NIFTI_BAD_AFFINE', exit: 'inputCorrupt' });
    await expect(opened).rejects.toThrow('no head is imaged like that');
  });

  it('with another magic is told in digits: messages are for terminals', async () => {
    const opened = openNifti(file({ magic: '\x1b[31mab\x9b' }));
    await expect(opened).rejects.toThrow('its magic is 0x1b5b33316d61629b, not 0x6e2b32000d0a1a0a');
  });
});
