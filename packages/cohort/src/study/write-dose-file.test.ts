import { openScan, openStudy, writeNifti } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { generateHead } from '@efface/test-data';
import { uniformRescale, type Volume } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runCase } from '../case/case.ts';
import { groupByFrameOfReference } from '../groups.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);

it('a dose in NIfTI is 0 where the image was altered, and keeps its bits elsewhere', async () => {
  const { volume } = generateHead({ seed: 5, contrast: 'ct', spacingMm: 3 });
  const [image, path] = ['head.nii', 'plan.nii.gz'].map((name) => join(scratch, name));
  await writeNifti(image, volume);
  const dose: Volume = {
    grid: volume.grid,
    type: 'i32',
    voxels: new Int32Array(volume.voxels.length).map((_, n) => 1 + (n % 70_000)),
    rescale: uniformRescale(volume.grid.sizeIjk[2], 2 ** -10, 0),
    modality: 'OT',
    unit: 'Gy',
  };
  await writeNifti(path, dose);
  const input = readFileSync(path);
  await using backend = await openBackend('cpu');
  const [group] = groupByFrameOfReference(await openStudy(image, { modality: 'CT' }));
  const output = join(scratch, 'out');
  const { images, companions } = await runCase(backend, group, output, {
    method: { method: 'quickshear', rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: false },
    seed: 0, pictures: false, overwrite: false, dryRun: false, inputs: [image, path], softwareVersion: 'test', dosePath: path,
  }); // prettier-ignore
  const { volume: after } = await openScan(join(output, 'dose.nii.gz'), { modality: 'OT' });
  expect(after.rescale).toEqual(dose.rescale);
  // Every voxel had some, and the grid is the image's: as many are 0 as the image has altered ones.
  const [was, is] = [dose.voxels as Int32Array, after.voxels as Int32Array];
  const zeroed = is.filter((value, n) => value === 0 && was[n] !== 0).length;
  expect(is.every((value, n) => value === 0 || value === was[n])).toBe(true);
  expect(zeroed).toBe(images[0].alteredVoxels);
  expect(companions).toMatchObject([{ kind: 'dose', zeroedVoxels: zeroed, output: [{ name: 'dose.nii.gz' }] }]);
  expect(readFileSync(path).equals(input)).toBe(true);
});
