import { writeMaskNifti, writeNifti } from '@efface/io';
import { hasProgram, run, temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { generateHead } from '@efface/test-data';
import { maskHas } from '@efface/volume';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openImage, structureGroups } from './structure-groups.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);

it.skipIf(!hasProgram('plastimatch'))(
  'a structure set that plastimatch wrote has the region it was made of (skipped where it is not installed)',
  async () => {
    const { volume, truth } = generateHead({ seed: 3, contrast: 'ct', spacingMm: 3 });
    const [image, mask, study] = ['ct.nii.gz', 'Brainstem.nii.gz', 'study'].map((name) => join(scratch, name));
    const own = truth.structures.find(({ name }) => name === 'Brainstem')?.mask;
    if (own === undefined) throw new Error('no brainstem');
    await writeNifti(image, volume);
    await writeMaskNifti(mask, volume.grid, own);
    run('plastimatch', ['convert', '--input', image, '--input-ss-img', mask, '--output-dicom', study]);
    await using backend = await openBackend('cpu', { threads: 1 });
    const read = await openImage(study);
    expect(read.volume.voxels.length).toBe(volume.voxels.length);
    for await (const { bits, structures, grid } of structureGroups(backend, study, read)) {
      expect(structures).toHaveLength(1);
      const [ni, nj] = grid.sizeIjk;
      let [both, either] = [0, 0];
      for (let v = 0; v < bits.length; v++) {
        // Its slices may be stored in the other direction; patient coordinates decide.
        const k = Math.floor(v / (ni * nj));
        const z = grid.affineIjkToLps[11] + k * grid.affineIjkToLps[10];
        const kOwn = Math.round((z - volume.grid.affineIjkToLps[11]) / volume.grid.affineIjkToLps[10]);
        const has = maskHas(own, v % ni, Math.floor(v / ni) % nj, kOwn);
        if (has && bits[v] === 1) both++;
        if (has || bits[v] === 1) either++;
      }
      expect(both).toBe(either);
      expect(both).toBeGreaterThan(500);
    }
  },
);
