import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HeadTemplate } from '@efface/anatomy';
import { openNifti } from '@efface/io';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTemplate, shippedTemplatePath } from './read-template.ts';
import { writeTemplate } from './write-template.ts';

let folder: string;
let shipped: HeadTemplate;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'efface-test-'));
  shipped = await readTemplate(shippedTemplatePath());
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the shipped template to spoil. */
async function copied(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(shippedTemplatePath(), path, { recursive: true });
  return path;
}

describe('template files', () => {
  it('come back as they were written, over others', async () => {
    const path = await copied('again');
    await writeTemplate(path, { ...shipped, name: 'another', images: { ct: shipped.images.ct, mr: undefined } });
    const read = await readTemplate(path);
    expect(read).toMatchObject({
      name: 'another',
      builtFrom: shipped.builtFrom,
      biometricBoxes: shipped.biometricBoxes,
    });
    expect(read.images.mr).toBeUndefined();
    expect(Buffer.compare(Buffer.from(read.labels.voxels.buffer), Buffer.from(shipped.labels.voxels.buffer))).toBe(0);
    expect(read.images.ct?.voxels).toEqual(shipped.images.ct?.voxels);
    for (const [name, point] of Object.entries(shipped.landmarksLps))
      expect(read.landmarksLps[name as keyof HeadTemplate['landmarksLps']]).toEqual(point);
    await expect(openNifti(join(path, 'mr.nii.gz'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  it('with other labels, another grid or a broken description are refused by name', async () => {
    const label = await copied('label');
    await rm(join(label, 'labels.nii.gz'));
    const voxels = Uint8Array.from(shipped.labels.voxels as Uint8Array);
    voxels[0] = 9;
    await writeTemplate(label, { ...shipped, labels: { ...shipped.labels, voxels } });
    await expect(readTemplate(label)).rejects.toThrow(/labels\.nii\.gz: label 9 means nothing/);
    const bare = await copied('bare');
    await writeTemplate(bare, { ...shipped, labels: { ...shipped.labels, voxels: voxels.fill(5) } });
    await expect(readTemplate(bare)).rejects.toThrow(/no voxel has the label of face/);
    const moved = await copied('moved');
    const { grid } = shipped.labels;
    const affineIjkToLps = grid.affineIjkToLps.map((v, n) =>
      n === 3 ? v + 1 : v,
    ) as unknown as typeof grid.affineIjkToLps;
    await writeTemplate(moved, { ...shipped, labels: { ...shipped.labels, grid: { ...grid, affineIjkToLps } } });
    await expect(readTemplate(moved)).rejects.toThrow(/another grid than labels\.nii\.gz/);
    const broken = await copied('broken');
    const description = join(broken, 'template.json');
    await writeFile(description, (await readFile(description, 'utf8')).replace('"nasion"', '"nose"'));
    await expect(readTemplate(broken)).rejects.toThrow(/template\.json: landmarksLps\.nasion.*tools\/build-template/);
    await writeFile(description, 'none');
    await expect(readTemplate(broken)).rejects.toMatchObject({ code: 'TEMPLATE_INVALID', exit: 'inputCorrupt' });
    await rm(description);
    await expect(readTemplate(broken)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
