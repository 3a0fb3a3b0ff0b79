import { openNifti, openStudy, writeNifti, writeStudy } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { generateHead, generateStudy } from '@efface/test-data';
import { sameGrid, type Volume } from '@efface/volume';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CohortView } from '../report/collect-cohort.ts';
import { doCohort, planCohort } from '../testing/made-cohort.ts';
import { CaseImages, type ShownImage } from './case-images.ts';

const { path: scratch, remove } = temporaryFolder();
const input = join(scratch, 'in');
const folder = join(scratch, 'cohort');
let view: CohortView;
let images: CaseImages;
beforeAll(async () => {
  mkdirSync(input);
  await writeNifti(join(input, 'head.nii.gz'), generateHead({ seed: 3, contrast: 'ct', spacingMm: [4, 4, 4] }).volume);
  await writeStudy(join(input, 'dicom'), generateStudy({ seed: 7, ctSpacingMm: [4, 4, 5] }));
  await doCohort(folder, await planCohort(folder, input, { pictures: false }));
  view = await CohortView.open(folder);
  images = new CaseImages(folder, view.plan);
});
afterAll(remove);

/** The case of an input, by whether it is DICOM: those are numbered, since names of folders may be those of patients. */
function caseOf(isDicom: boolean) {
  const found = view.items.find(({ item }) => item.input.files.length > 1 === isDicom);
  const group = found?.outcome?.groups.at(0);
  if (!found || !group) throw new Error('there is no such case');
  return { item: found.item, group };
}

/** An image as somebody else would read it: written to a file, and read from there. */
async function shown(isDicom: boolean, image: number, what: ShownImage): Promise<Volume> {
  const { item, group } = caseOf(isDicom);
  const file = join(scratch, `${what}-${image}-${isDicom}.nii`);
  writeFileSync(file, await images.bytes(item, group, image, what));
  return (await openNifti(file)).volume;
}

function realOf({ voxels, rescale, grid }: Volume, n: number): number {
  const k = Math.floor(n / (grid.sizeIjk[0] * grid.sizeIjk[1]));
  return Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
}

describe('the images of a case', () => {
  it('are those of the input and the output, and the mask says where they differ', async () => {
    const [before, after, mask] = [await shown(false, 0, 'before'), await shown(false, 0, 'after'), await shown(false, 0, 'mask')]; // prettier-ignore
    const original = (await openNifti(join(input, 'head.nii.gz'))).volume;
    const written = (await openNifti(join(folder, 'cases/head/quickshear/head.nii.gz'))).volume;
    expect(Buffer.from(before.voxels.buffer).equals(Buffer.from(original.voxels.buffer))).toBe(true);
    expect(Buffer.from(after.voxels.buffer).equals(Buffer.from(written.voxels.buffer))).toBe(true);
    expect(sameGrid(mask.grid, original.grid, 1e-4)).toBe(true);
    let differing = 0;
    for (let v = 0; v < original.voxels.length; v++) {
      const isOther = original.voxels[v] !== written.voxels[v];
      if (isOther) differing++;
      if (mask.voxels[v] !== Number(isOther)) expect.fail(`voxel ${v} of the mask`);
    }
    // Air in front of the face is altered into air: most voxels of the region differ, not all.
    const { alteredVoxels } = caseOf(false).group.record.images[0];
    expect(differing).toBeGreaterThan(1000);
    expect(differing).toBeLessThanOrEqual(alteredVoxels);
  });

  it('are NIfTI where they lie in DICOM, with the values of a PET whose slices have slopes of their own', async () => {
    const { group } = caseOf(true);
    const { entries } = await openStudy(join(input, 'dicom'));
    expect(group.record.images.map(({ modality }) => modality)).toEqual(['CT', 'MR', 'PT']);
    for (const [n, { modality }] of group.record.images.entries()) {
      const original = (await entries.find((entry) => entry.modality === modality)?.open())?.volume;
      if (!original) throw new Error(`no ${modality}`);
      const before = await shown(true, n, 'before');
      expect(sameGrid(before.grid, original.grid, 1e-2)).toBe(true);
      for (let v = 0; v < original.voxels.length; v += 997) {
        const is = realOf(before, v);
        const was = realOf(original, v);
        // f32 holds 24 bits of a real value.
        if (Math.abs(is - was) > 2 ** -23 * Math.abs(was))
          expect.fail(`voxel ${v} of the ${modality}: ${is}, not ${was}`);
      }
      const mask = await shown(true, n, 'mask');
      expect((mask.voxels as Uint8Array).includes(1)).toBe(true);
    }
  });

  it('are refused where another file is in their place', async () => {
    const { item, group } = caseOf(false);
    const file = join(folder, 'cases/head/quickshear/head.nii.gz');
    const fresh = (): Promise<Uint8Array> => new CaseImages(folder, view.plan).bytes(item, group, 0, 'after');
    renameSync(file, `${file}.away`);
    await expect(fresh()).rejects.toMatchObject({ code: 'REVIEW_OTHER_GRID' });
    symlinkSync(`${file}.away`, file);
    await expect(fresh()).rejects.toMatchObject({ code: 'REVIEW_OTHER_GRID' });
  });
});
