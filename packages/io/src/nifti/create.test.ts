import { uniformRescale, type Volume } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { niftiBytes, writeNifti } from './create.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);

describe('an image that is written as NIfTI', () => {
  it('is the same bytes in memory as in a file', async () => {
    const types = { i16: Int16Array.of(-5, 0, 7, 1, 2, 3, 4, 5), u8: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 255), f32: Float32Array.of(0, 1.5, -2, 3, 4, 5, 6, NaN) }; // prettier-ignore
    for (const [type, voxels] of Object.entries(types)) {
      const grid = { sizeIjk: [2, 2, 2], affineIjkToLps: [-1, 0, 0, 3, 0, 0, 2, 4, 0, 1.5, 0, -5] } as const;
      const volume = { grid, type, voxels, rescale: uniformRescale(2, 2, -1024), modality: 'CT', unit: 'HU' } as unknown as Volume; // prettier-ignore
      const path = join(scratch, `${type}.nii`);
      await writeNifti(path, volume, 'nothing');
      expect(Buffer.from(niftiBytes(volume, 'nothing')).equals(readFileSync(path)), type).toBe(true);
    }
  });

  it('has one slope: slices with slopes of their own are refused in memory too', () => {
    const grid = { sizeIjk: [1, 1, 2], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] } as const;
    const rescale = { slopePerK: Float64Array.of(1, 2), interceptPerK: Float64Array.of(0, 0) };
    const volume: Volume = { grid, type: 'u8', voxels: Uint8Array.of(1, 2), rescale, modality: 'PT', unit: 'Bq/ml' };
    expect(() => niftiBytes(volume)).toThrow(RangeError);
  });
});
