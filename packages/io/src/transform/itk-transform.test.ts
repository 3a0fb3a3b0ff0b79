import {
  type Affine,
  allocateVoxels,
  type Grid,
  ijkToLps,
  transformPoint,
  uniformRescale,
  voxelCount,
} from '@efface/volume';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeNifti } from '../nifti/create.ts';
import { openNifti } from '../nifti/nifti-scan.ts';
import { hasProgram, run } from '../testing/other-software.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { itkAffineText } from './itk-transform.ts';

it('writes the linear part row by row, then the shift, around 0', () => {
  expect(itkAffineText([1, 2, 3, 10, 4, 5, 6, 20, 7, 8, 9.5, -30])).toBe(
    '#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n' +
      'Parameters: 1 2 3 4 5 6 7 8 9.5 10 20 -30\nFixedParameters: 0 0 0\n',
  );
});

const folder = temporaryFolder();
afterAll(folder.remove);

it.skipIf(!hasProgram('plastimatch'))(
  'moves an image in other software as it says (skipped without plastimatch)',
  async () => {
    // A ramp of the patient's coordinates: at x the moved ramp has the value of A x, and linear interpolation is exact.
    const ramp = ([x, y, z]: readonly [number, number, number]): number => 3 * x - 2 * y + 0.5 * z;
    const grid: Grid = { sizeIjk: [24, 22, 20], affineIjkToLps: [0, -2, 0, 20, 1.5, 0, 0, -15, 0, 0, 2.5, -24] };
    const [ni, nj] = grid.sizeIjk;
    const voxels = allocateVoxels('f32', voxelCount(grid)) as Float32Array;
    const placeOf = (n: number) => ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
    for (let n = 0; n < voxels.length; n++) voxels[n] = ramp(placeOf(n));
    const path = join(folder.path, 'ramp.nii.gz');
    await writeNifti(path, {
      grid,
      type: 'f32',
      voxels,
      rescale: uniformRescale(20, 1, 0),
      modality: 'OT',
      unit: 'arbitrary',
    });
    const affine: Affine = [0.9, -0.1, 0.05, 1.5, 0.12, 1.05, 0, -1, 0, 0.08, 0.95, 2];
    writeFileSync(join(folder.path, 'affine.tfm'), itkAffineText(affine));
    const moved = join(folder.path, 'moved.nii.gz');
    run('plastimatch', ['convert', '--input', path, '--fixed', path, '--xf', join(folder.path, 'affine.tfm'), '--output-type', 'float', '--output-img', moved]); // prettier-ignore
    const found = (await openNifti(moved)).volume.voxels;
    let nCompared = 0;
    for (const i of [10, 12, 14])
      for (const j of [9, 11, 13])
        for (const k of [8, 10, 12]) {
          const n = (k * nj + j) * ni + i;
          expect(Number(found[n])).toBeCloseTo(ramp(transformPoint(affine, placeOf(n))), 2);
          nCompared++;
        }
    expect(nCompared).toBe(27);
  },
);
