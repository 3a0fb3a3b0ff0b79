import type { Backend } from '@efface/compute';
import { openScan, writeNifti } from '@efface/io';
import { type BuiltRegion, buildStructureSet, temporaryFolder, unpack } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import { type Grid, uniformRescale, type VoxelArray, type VoxelType } from '@efface/volume';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rasterizeStructures } from './rasterize.ts';
import { openImage, type StructureGroup, structureGroups } from './structure-groups.ts';

const GRID: Grid = { sizeIjk: [6, 5, 4], affineIjkToLps: [2, 0, 0, -10, 0, 2, 0, 20, 0, 0, 3, 7] };
const FRAME = '2.25.77';
const { path: folder, remove } = temporaryFolder();
afterAll(remove);
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('cpu', { threads: 1 });
});
afterAll(() => backend[Symbol.asyncDispose]());

/** A rectangle of voxels i0..i1, j0..j1 of slice k. */
function rectangle([i0, i1]: readonly number[], [j0, j1]: readonly number[], k: number): { points: number[] } {
  const [x0, x1, y0, y1] = [2 * i0 - 11, 2 * i1 - 9, 2 * j0 + 19, 2 * j1 + 21];
  const z = 7 + 3 * k;
  return { points: [x0, y0, z, x1, y0, z, x1, y1, z, x0, y1, z] };
}

const region = (number: number, contours: BuiltRegion['contours'], frame = FRAME): BuiltRegion => ({
  number,
  name: `Region ${number}`,
  frameOfReferenceUid: frame,
  contours,
});

async function all(path: string, frameOfReferenceUid?: string, grid = GRID): Promise<StructureGroup[]> {
  const reference = frameOfReferenceUid === undefined ? { grid } : { grid, frameOfReferenceUid };
  const groups: StructureGroup[] = [];
  for await (const group of structureGroups(backend, path, reference)) groups.push(group);
  return groups;
}

async function writeLabels(name: string, type: VoxelType, voxels: VoxelArray): Promise<string> {
  const path = join(folder, name);
  await writeNifti(path, { grid: GRID, type, voxels, rescale: uniformRescale(4, 1, 0), modality: 'OT', unit: 'arbitrary' }); // prettier-ignore
  return path;
}

const voxelsOf = ({ bits }: StructureGroup, n: number): number[] => [...bits.keys()].filter((v) => (bits[v] >>> n) & 1);

describe('regions of a structure set', () => {
  it('are drawn as bits, 32 a group, overlapping or not; regions without contours are left out', async () => {
    const regions = Array.from({ length: 40 }, (_, n) =>
      region(n + 1, n === 3 ? [] : [rectangle([1, 2], [1, 1], n % 4)]),
    );
    const path = join(folder, 'many.dcm');
    writeFileSync(path, buildStructureSet(regions));
    const groups = await all(path, FRAME);
    expect(groups.map(({ structures }) => structures.length)).toEqual([32, 7]);
    expect(groups[0].structures[3]).toMatchObject({ name: 'Region 5', label: 5 });
    expect(voxelsOf(groups[0], 0)).toEqual([7, 8]);
    expect(voxelsOf(groups[0], 3)).toEqual([7, 8]);
    expect(voxelsOf(groups[1], 6)).toEqual([3 * 30 + 7, 3 * 30 + 8]);
  });

  it('of another frame of reference are refused; where nobody says, they are drawn', async () => {
    const path = join(folder, 'foreign.dcm');
    writeFileSync(path, buildStructureSet([region(1, [rectangle([1, 2], [1, 1], 0)], '2.25.88')]));
    await expect(all(path, FRAME)).rejects.toMatchObject({ code: 'STRUCTURES_OTHER_FRAME', exit: 'inputRefused' });
    await expect(all(path)).resolves.toHaveLength(1);
  });

  it('off the image are there, with what became of their contours', async () => {
    const path = join(folder, 'off.dcm');
    const away = rectangle([1, 2], [1, 1], 40);
    writeFileSync(path, buildStructureSet([region(1, [away])]));
    const [{ structures, bits }] = await all(path, FRAME);
    expect(structures[0].drawn).toMatchObject({ drawn: 0, leftOut: [{ contour: 0 }] });
    expect(bits.every((word) => word === 0)).toBe(true);
  });

  it('none of which has a contour are no structures', async () => {
    const path = join(folder, 'empty.dcm');
    writeFileSync(path, buildStructureSet([region(1, [])]));
    await expect(all(path, FRAME)).rejects.toMatchObject({ code: 'STRUCTURES_NONE' });
  });
});

describe('label images', () => {
  it('have a structure a value, named by the file', async () => {
    const voxels = new Int16Array(120);
    voxels.set([7, 7, 300, 2], 10);
    const [{ structures, bits }] = await all(await writeLabels('organs.nii.gz', 'i16', voxels));
    expect(structures.map(({ name, label }) => [name, label])).toEqual([['organs-2', 2], ['organs-7', 7], ['organs-300', 300]]); // prettier-ignore
    expect([...bits.subarray(10, 14)]).toEqual([2, 2, 4, 1]);
  });

  it('of bits are told apart by the file beside them, which names them', async () => {
    const voxels = new Uint32Array(120);
    voxels.set([0x80000001, 1, 4], 5);
    const path = await writeLabels('packed.nii', 'u32', voxels);
    const names = { encoding: 'bits', names: { 0: 'Eye_L', 31: 'Eye_R' } };
    writeFileSync(join(folder, 'packed.labels.json'), JSON.stringify(names));
    const [group] = await all(path);
    expect(group.structures.map(({ name }) => name)).toEqual(['Eye_L', 'packed-2', 'Eye_R']);
    expect([voxelsOf(group, 0), voxelsOf(group, 1), voxelsOf(group, 2)]).toEqual([[5, 6], [7], [5]]);
  });

  it('whose names cannot be read say so', async () => {
    const path = await writeLabels('named.nii', 'u8', new Uint8Array(120).fill(1));
    writeFileSync(join(folder, 'named.labels.json'), '{"encoding": "bits"}');
    await expect(all(path)).rejects.toThrow(/named\.labels\.json: names: .*was expected/);
  });

  it('that are intensities are refused', async () => {
    const path = await writeLabels(
      'ct.nii',
      'f32',
      Float32Array.from({ length: 120 }, (_, n) => n / 7),
    );
    await expect(all(path)).rejects.toMatchObject({ code: 'STRUCTURES_NO_LABELS' });
  });
});

describe('structures as files', () => {
  it('come back as they were drawn, one by one and packed', async () => {
    const path = join(folder, 'two.dcm');
    const contours = [rectangle([0, 5], [0, 4], 1), rectangle([2, 3], [1, 3], 1)];
    writeFileSync(path, buildStructureSet([region(1, contours), { ...region(2, [rectangle([1, 1], [2, 2], 3)]), name: '../a b' }])); // prettier-ignore
    const [drawn] = await all(path, FRAME);
    for (const packed of [false, true]) {
      const output = join(folder, `out-${packed}`);
      const options = { overwrite: false, inputs: [path], packed };
      const written = await rasterizeStructures(backend, path, { grid: GRID }, output, options);
      expect(written.map(({ voxelCount }) => voxelCount)).toEqual([24, 1]);
      expect(written[1].file).toBe(packed ? 'structures.nii.gz' : 'a_b.nii.gz');
      const groups = await all(output);
      expect(groups.flatMap((group) => group.structures.map((_, n) => voxelsOf(group, n))).sort((a, b) => b.length - a.length)).toEqual([voxelsOf(drawn, 0), voxelsOf(drawn, 1)]); // prettier-ignore
    }
  });

  it('are not there when something fails', async () => {
    const output = join(folder, 'never');
    const options = { overwrite: false, inputs: [], packed: false };
    await expect(
      rasterizeStructures(backend, join(folder, 'ct.nii'), { grid: GRID }, output, options),
    ).rejects.toThrow();
    expect(existsSync(output)).toBe(false);
  });
});

const pair = sharedPath('oracles/rtstruct/mirp_sts/STS_002_MR_T1');

describe.skipIf(pair === undefined)(
  `a real structure set${pair === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    it('has the voxels that MIRP drew, on the image of its files', async () => {
      const path = pair ?? '';
      const reference = existsSync(join(path, 'image.nii.gz')) ? 'image.nii.gz' : 'mask.nii.gz';
      const { volume } = await openScan(join(path, reference), { modality: 'MR' });
      const { volume: mask } = await openScan(join(path, 'mask.nii.gz'), { modality: 'OT' });
      const [{ bits }] = await all(join(path, 'RS.dcm'), undefined, volume.grid);
      const expected = mask.voxels as ArrayLike<number>;
      let differing = 0;
      for (let v = 0; v < bits.length; v++) if (bits[v] !== Number(expected[v] !== 0)) differing++;
      expect(differing).toBe(0);
      expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(17090);
    });
  },
);

const archive = sharedPath('data/dicom/pet_qin_headneck_0024_with_SEG.tar.xz');

describe.skipIf(archive === undefined)(
  `a real segmentation${archive === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    it('lies on its PET, whose values are uptake when that is asked for', async () => {
      const study = unpack(archive ?? '', folder);
      const image = await openImage(study);
      const [{ bits, structures }] = await all(study, image.frameOfReferenceUid, image.grid);
      // Voxels of the segments as pydicom reads them.
      const counts = structures.map((_, n) => bits.reduce((sum, word) => sum + ((word >>> n) & 1), 0));
      expect(structures.map(({ label }, n) => [label, counts[n]])).toEqual([[1, 54], [2, 212]]); // prettier-ignore
      await expect(all(study, '1.2.3', image.grid)).rejects.toMatchObject({ code: 'STRUCTURES_OTHER_FRAME' });
      const uptake = await openImage(study, {}, 'bw');
      expect(uptake.volume.unit).toBe('g/ml');
      expect(uptake.volume.voxels).toEqual(image.volume.voxels);
      await expect(openImage(join(folder, 'organs.nii.gz'), {}, 'bw')).rejects.toMatchObject({
        code: 'STRUCTURES_NO_SUV',
      });
    });
  },
);
