import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Grid, maskFromNonzero, maskToBytes, type Vec3 } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNifti, type NiftiRecipe, UNIT_SFORM } from '../testing/build-nifti.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { readMaskNifti, writeMaskNifti } from './mask-file.ts';
import { openNifti } from './nifti-scan.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;
const fresh = (extension = '.nii'): string => join(folder.path, `${files++}${extension}`);

const SIZE: Vec3 = [3, 4, 5];
const GRID: Grid = { sizeIjk: SIZE, affineIjkToLps: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0] };
const bits = Array.from({ length: 60 }, (_, n) => (n % 7 === 0 ? 1 : 0));

function file(recipe: Partial<NiftiRecipe>): string {
  const path = fresh();
  writeFileSync(path, buildNifti({ dim: [3, ...SIZE], sform: UNIT_SFORM, voxels: new Uint8Array(120), ...recipe }));
  return path;
}

const stored = (values: readonly number[]): Uint8Array => new Uint8Array(Int16Array.from(values).buffer);

describe('masks as files', () => {
  it('come back as written, compressed or not, on the grid of a scan without a NIfTI header too', async () => {
    const mask = maskFromNonzero(SIZE, bits);
    for (const path of [fresh('.nii'), fresh('.nii.gz')]) {
      await writeMaskNifti(path, GRID, mask);
      expect([...maskToBytes(await readMaskNifti(path, GRID))]).toEqual(bits);
    }
  });

  it('carry no text, extension, time axis or scaling of the image', async () => {
    const image = file({
      dim: [4, ...SIZE, 2],
      voxels: new Uint8Array(240),
      descrip: 'SECRET',
      extensions: [{ code: 6, text: 'SECRET' }],
      slope: 3,
      intercept: 1,
    });
    const path = fresh('.nii.gz');
    await writeMaskNifti(path, await openNifti(image), maskFromNonzero(SIZE, bits));
    const bytes = gunzipSync(readFileSync(path));
    expect(bytes.length).toBe(352 + 60);
    expect(bytes.toString('latin1')).not.toContain('SECRET');
    expect([...maskToBytes(await readMaskNifti(path, GRID))]).toEqual(bits);
  });

  it('are set where the value, not the stored number, is neither 0 nor NaN', async () => {
    const values = Array.from({ length: 60 }, (_, n) => (n % 3) * 10);
    const scaled = file({ voxels: stored(values), slope: 0.5, intercept: -5 });
    const expected = values.map((v) => (v * 0.5 - 5 === 0 ? 0 : 1));
    expect([...maskToBytes(await readMaskNifti(scaled, GRID))]).toEqual(expected);
    const floats = Float32Array.from({ length: 60 }, (_, n) => [0, Number.NaN, -0.25, -0][n % 4]);
    const path = file({ datatype: 16, voxels: new Uint8Array(floats.buffer) });
    expect([...maskToBytes(await readMaskNifti(path, GRID))]).toEqual([...floats].map((v) => (v < 0 ? 1 : 0)));
    const longs = BigInt64Array.from({ length: 60 }, (_, n) => (n % 5 === 0 ? -(2n ** 62n) : 0n));
    const wide = file({ datatype: 1024, voxels: new Uint8Array(longs.buffer) });
    expect([...maskToBytes(await readMaskNifti(wide, GRID))]).toEqual([...longs].map((v) => (v === 0n ? 0 : 1)));
  });

  it('are accepted a hundredth of a voxel off, refused further away, turned or of another size', async () => {
    const moved = (mm: number): string => file({ sform: { code: 1, rows: [1, 0, 0, mm, 0, 1, 0, 0, 0, 0, 1, 0] } });
    await expect(readMaskNifti(moved(0.009), GRID)).resolves.toBeDefined();
    const wrongGrid = { code: 'NIFTI_MASK_GRID', exit: 'inputRefused' };
    await expect(readMaskNifti(moved(0.02), GRID)).rejects.toMatchObject(wrongGrid);
    const flipped = file({ sform: { code: 1, rows: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] } });
    await expect(readMaskNifti(flipped, GRID)).rejects.toMatchObject(wrongGrid);
    await expect(readMaskNifti(file({ dim: [3, 3, 5, 4] }), GRID)).rejects.toMatchObject(wrongGrid);
    await expect(readMaskNifti(file({ dim: [3, 3, 5, 4] }), GRID)).rejects.toThrow('3×5×4 voxels of 1.000');
    const series = file({ dim: [4, ...SIZE, 2], voxels: new Uint8Array(240) });
    await expect(readMaskNifti(series, GRID)).rejects.toMatchObject(wrongGrid);
  });

  it('must fit the grid they are written on', async () => {
    await expect(writeMaskNifti(fresh(), GRID, maskFromNonzero([3, 4, 4], bits))).rejects.toThrow('the mask is 3×4×4');
  });
});
