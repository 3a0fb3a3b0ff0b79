import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '@efface/test-data';
import { ijkToLps, spacingMm, type Vec3, voxelCount } from '@efface/volume';
import { buildDose, buildStructureSet, type DoseRecipe } from '../../testing/build-rt.ts';
import { hasPydicom, readDoseWithPydicom } from '../../testing/other-software.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { readDose } from './dose.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;

function put(bytes: Uint8Array): string {
  const path = join(temporary.path, `${count++}.dcm`);
  writeFileSync(path, bytes);
  return path;
}

/** 3 columns, 2 rows, 4 planes: the place of a voxel in the file is its value. */
const RECIPE: DoseRecipe = {
  columns: 3,
  rows: 2,
  stored: Uint32Array.from({ length: 24 }, (_, n) => n * 178_956_970),
  scaling: 2.5e-8,
  offsetsMm: [0, 2.5, 5, 7.5],
  positionLps: [-10, -20, -30],
  spacingMm: [3, 2],
};

describe('a dose', () => {
  it.each([
    ['u32', RECIPE.stored],
    ['i32', Int32Array.from(RECIPE.stored, (v) => v - 2 ** 31)],
    ['u16', Uint16Array.from({ length: 24 }, (_, n) => 2849 * n)],
    ['i16', Int16Array.from({ length: 24 }, (_, n) => 2849 * n - 32_768)],
  ] as const)('of %s keeps its stored values and scales them', async (type, stored) => {
    const { volume, ...rest } = await readDose(put(buildDose({ ...RECIPE, stored })));
    expect(rest).toEqual({ frameOfReferenceUid: '1.2.3.4.9', doseType: 'PHYSICAL', summationType: 'PLAN' });
    expect(volume).toMatchObject({ type, modality: 'OT', unit: 'Gy' });
    expect([...volume.voxels]).toEqual([...stored]);
    expect([...volume.rescale.slopePerK]).toEqual([2.5e-8, 2.5e-8, 2.5e-8, 2.5e-8]);
    expect([...volume.rescale.interceptPerK]).toEqual([0, 0, 0, 0]);
  });

  const SAGITTAL = [0, 1, 0, 0, 0, -1] as const;
  it.each<{ name: string; recipe: Partial<DoseRecipe>; last: Vec3 }>([
    { name: 'relative', recipe: {}, last: [-6, -17, -22.5] },
    { name: 'relative and descending', recipe: { offsetsMm: [0, -2.5, -5, -7.5] }, last: [-6, -17, -37.5] },
    { name: 'as z coordinates', recipe: { offsetsMm: [-30, -27.5, -25, -22.5] }, last: [-6, -17, -22.5] },
    { name: 'as descending z', recipe: { offsetsMm: [-30, -32.5, -35, -37.5] }, last: [-6, -17, -37.5] },
    // Rows along y, columns along −z: the normal is −x.
    { name: 'along an oblique normal', recipe: { cosines: SAGITTAL }, last: [-17.5, -16, -33] },
    { name: 'prone, along the normal', recipe: { cosines: [-1, 0, 0, 0, -1, 0] }, last: [-14, -23, -22.5] },
    { name: 'prone, feet first', recipe: { cosines: [-1, 0, 0, 0, 1, 0] }, last: [-14, -17, -37.5] },
    { name: 'rounded to one decimal', recipe: { offsetsMm: [0, 1.3, 2.5, 3.8] }, last: [-6, -17, -26.2] },
  ])('with planes $name lies where its last voxel says', async ({ recipe, last }) => {
    const { grid } = (await readDose(put(buildDose({ ...RECIPE, ...recipe })))).volume;
    expect(grid.sizeIjk).toEqual([3, 2, 4]);
    expect(ijkToLps(grid, [0, 0, 0])).toEqual([-10, -20, -30]);
    const found = ijkToLps(grid, [2, 1, 3]);
    for (const [d, mm] of last.entries()) expect(found[d]).toBeCloseTo(mm, 9);
  });

  it('is read big-endian in 16 bits', async () => {
    const stored = Uint16Array.from({ length: 24 }, (_, n) => 2849 * n);
    const { volume } = await readDose(put(buildDose({ ...RECIPE, stored, coding: 'bigEndian' })));
    expect([...volume.voxels]).toEqual([...stored]);
  });
});

describe('refused', () => {
  it.each<[string, Partial<DoseRecipe>, string, RegExp]>([
    ['a relative dose', { elements: [['30040002', 'CS', 'RELATIVE']] }, 'DICOM_DOSE_NOT_GY', /\(3004,0002\) are RELATIVE/],
    ['a dose without unit', { elements: [['30040002', 'CS', '']] }, 'DICOM_DOSE_NOT_GY', /are missing/],
    ['uneven planes', { offsetsMm: [0, 2.5, 5, 8] }, 'DICOM_DOSE_GRID', /\(3004,000c\)/],
    ['planes on each other', { offsetsMm: [0, 0, 0, 0] }, 'DICOM_DOSE_GRID', /\(3004,000c\)/],
    ['planes that return', { offsetsMm: [0, 5, 2.5, 7.5] }, 'DICOM_DOSE_GRID', /\(3004,000c\)/],
    ['offsets that start anywhere', { offsetsMm: [1, 3.5, 6, 8.5] }, 'DICOM_BAD_FIELD', /must start with 0/],
    ['z coordinates of a prone dose', { cosines: [-1, 0, 0, 0, -1, 0], offsetsMm: [-30, -27.5, -25, -22.5] }, 'DICOM_BAD_FIELD', /must start with 0/],
    ['fewer offsets than planes', { offsetsMm: [0, 2.5, 5] }, 'DICOM_BAD_FIELD', /has 4 planes and 3 values/],
    ['one plane', { stored: new Uint32Array(6), offsetsMm: [0] }, 'DICOM_TOO_FEW_SLICES', /a single plane/],
    ['no scaling', { scaling: 0 }, 'DICOM_BAD_FIELD', /\(3004,000e\)/],
    ['no position', { elements: [['00200032', 'DS', '']] }, 'DICOM_NO_POSITION', /\(0020,0032\)/],
    ['fewer pixels than promised', { elements: [['00280010', 'US', [3]]] }, 'DICOM_TRUNCATED', /promises/],
    ['32 bits in big-endian order', { coding: 'bigEndian' }, 'DICOM_UNSUPPORTED_PIXELS', /32-bit/],
  ])('%s', async (_, recipe, code, message) => {
    const read = readDose(put(buildDose({ ...RECIPE, ...recipe })));
    await expect(read).rejects.toMatchObject({ code });
    await expect(read).rejects.toThrow(message);
  }); // prettier-ignore

  it('what is no dose, and a dose without a grid', async () => {
    await expect(readDose(put(buildStructureSet([])))).rejects.toMatchObject({ code: 'DICOM_WRONG_OBJECT' });
    const whole = buildDose(RECIPE);
    const headless = whole.subarray(0, whole.lastIndexOf(Buffer.from('e07f1000', 'hex')));
    const read = readDose(put(headless));
    await expect(read).rejects.toThrow('has no (7FE0,0010) Pixel Data');
  });
});

const oracle = sharedPath('oracles/rtstruct/pydicom');
const WHY =
  oracle === undefined
    ? ' (skipped: the shared oracles are not beside the checkout)'
    : hasPydicom()
      ? ''
      : ' (skipped: pydicom is not installed)';
describe.skipIf(WHY !== '')(`doses of a planning system${WHY}`, () => {
  const bytesOf = (name: string): Buffer => readFileSync(join(oracle ?? '', name));
  /** The files are of a relative dose; two words are as long as each other. */
  const inGy = (name: string): string =>
    put(Buffer.from(bytesOf(name).toString('latin1').replace('RELATIVE', 'GY      '), 'latin1'));

  it.each(['rtdose.dcm', 'rtdose_rle.dcm'])('%s is what pydicom reads', async (name) => {
    const path = inGy(name);
    const { volume } = await readDose(path);
    const expected = readDoseWithPydicom(path);
    expect(volume.grid.sizeIjk).toEqual(expected.shape.toReversed());
    expect(volume.voxels.length).toBe(voxelCount(volume.grid));
    const slope = volume.rescale.slopePerK[0];
    expect([...volume.voxels].map((stored) => Number(stored) * slope)).toEqual(expected.gy);
    expect(Math.max(...expected.gy)).toBeCloseTo(1.254, 12);
    expect(ijkToLps(volume.grid, [0, 0, 0])).toEqual(expected.positionLps);
    const [x, y, z] = expected.positionLps;
    expect(ijkToLps(volume.grid, [0, 0, 14])).toEqual([x, y, z + expected.offsetsMm[14]]);
    expect(spacingMm(volume.grid)).toEqual([...expected.spacingMm.toReversed(), 5]);
  });

  it('says why it refuses the others', async () => {
    await expect(readDose(join(oracle ?? '', 'rtdose.dcm'))).rejects.toMatchObject({ code: 'DICOM_DOSE_NOT_GY' });
    await expect(readDose(inGy('rtdose_1frame.dcm'))).rejects.toMatchObject({ code: 'DICOM_TOO_FEW_SLICES' });
    await expect(readDose(inGy('rtdose_expb.dcm'))).rejects.toMatchObject({ code: 'DICOM_UNSUPPORTED_PIXELS' });
  });
});
