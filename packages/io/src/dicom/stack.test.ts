import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openScan, openStudy } from '../open.ts';
import type { Scan } from '../scan.ts';
import { type BuiltElement, builtVoxel, type SeriesRecipe, writeSeriesFiles } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let folders = 0;

function series(recipe: SeriesRecipe = {}): string {
  const folder = join(temporary.path, String(folders++));
  writeSeriesFiles(folder, recipe);
  return folder;
}

async function refusalOf(folder: string): Promise<string | undefined> {
  const { entries } = await openStudy(folder);
  expect(entries).toHaveLength(1);
  const [entry] = entries;
  const { refusal } = entry;
  if (refusal) await expect(entry.open()).rejects.toMatchObject({ code: refusal.code });
  return refusal?.code;
}

function expectBuiltVoxels(scan: Scan): void {
  const [ni, nj, nk] = scan.volume.grid.sizeIjk;
  const expected: number[] = [];
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) expected.push(builtVoxel(i, j, k));
  expect(Array.from(scan.volume.voxels, Number)).toEqual(expected);
}

describe('geometry', () => {
  it('takes i from columns, j from rows, k from positions, in LPS', async () => {
    const { volume, label, frameOfReferenceUid } = await openScan(series());
    // Pixel Spacing is row spacing first: 3 mm between rows, 2 mm between columns.
    expect(volume.grid).toEqual({ sizeIjk: [5, 4, 6], affineIjkToLps: [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 4, -30] });
    expect(volume).toMatchObject({ type: 'i16', modality: 'CT', unit: 'HU' });
    expect(volume.rescale.interceptPerK).toEqual(new Float64Array(6).fill(-1024));
    expect(label).toBe('Head');
    expect(frameOfReferenceUid).toBe('1.2.3.4.9');
  });

  it('turns k with the normal: sagittal slices stored from left to right come out right to left', async () => {
    // Rows run to posterior, columns to inferior: the normal P × I points to −x, which is right.
    const scan = await openScan(series({ cosines: [0, 1, 0, 0, 0, -1], position: (k) => [20 - 4 * k, -7, 9] }));
    expect(scan.volume.grid.affineIjkToLps).toEqual([0, 0, -4, 20, 2, 0, 0, -7, 0, -3, 0, 9]);
    expectBuiltVoxels(scan);
    const flipped = await openScan(series({ cosines: [0, 1, 0, 0, 0, -1], position: (k) => [4 * k, -7, 9] }));
    expect(flipped.volume.grid.affineIjkToLps).toEqual([0, 0, -4, 20, 2, 0, 0, -7, 0, -3, 0, 9]);
    expect(flipped.volume.voxels[0]).toBe(builtVoxel(0, 0, 5));
  });

  it('follows an oblique orientation', async () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    // Rotated by 0.3 rad about x: rows along x, columns along (0, c, s), normal (0, −s, c).
    const recipe: SeriesRecipe = { cosines: [1, 0, 0, 0, c, s], position: (k) => [1, 2 - 4 * k * s, 3 + 4 * k * c] };
    const { affineIjkToLps } = (await openScan(series(recipe))).volume.grid;
    const expected = [2, 0, 0, 1, 0, 3 * c, -4 * s, 2, 0, 3 * s, 4 * c, 3];
    for (const [n, value] of expected.entries()) expect(affineIjkToLps[n]).toBeCloseTo(value, 12);
  });

  it('does not depend on file names, file order, instance numbers or folders', async () => {
    const plain = await openScan(series());
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
    await fc.assert(
      fc.asyncProperty(orders, orders, async (names, numbers) => {
        const scan = await openScan(
          series({
            name: (k) => `${names[k] % 2 ? 'x' : 'b'}${names[k]}`,
            elements: (k) => [['00200013', 'IS', String(numbers[k])]],
          }),
        );
        expect(scan.volume.grid).toEqual(plain.volume.grid);
        expect(scan.volume.voxels).toEqual(plain.volume.voxels);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('values', () => {
  it('keeps a rescale for each slice', async () => {
    const { rescale } = (
      await openScan(
        series({
          elements: (k) => [
            ['00281053', 'DS', String(k + 0.5)],
            ['00281052', 'DS', String(-k)],
          ],
        }),
      )
    ).volume;
    expect(Array.from(rescale.slopePerK)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
    expect(Array.from(rescale.interceptPerK)).toEqual([0, -1, -2, -3, -4, -5]);
  });

  it.each([
    { name: 'signed', signed: 1, value: 0xf830, limit: [], range: [-2000, -2000] },
    { name: 'signed with a limit', signed: 1, value: 0xf830, limit: [0xfc18], range: [-2000, -1000] },
    { name: 'unsigned', signed: 0, value: 0xf830, limit: [], range: [63536, 63536] },
  ])('reads pixel padding by the sign of the pixels: $name', async ({ signed, value, limit, range }) => {
    const elements = (): BuiltElement[] => [
      ['00280103', 'US', [signed]],
      ['00280120', 'US', [value]],
      ...(limit.length > 0 ? [['00280121', 'US', limit] as const] : []),
    ];
    expect((await openScan(series({ elements }))).volume.paddingRange).toEqual(range);
  });

  it('clears what stands above the stored bits and says so', async () => {
    const pixels = [0xf005, 7, 0x8fff, 1];
    const elements = (): BuiltElement[] => [
      ['00280010', 'US', [2]],
      ['00280011', 'US', [2]],
      ['00280101', 'US', [12]],
      ['00280102', 'US', [11]],
      ['00280103', 'US', [0]],
      ['7FE00010', 'OW', pixels],
    ];
    const scan = await openScan(series({ elements, nSlices: 3 }));
    expect(Array.from(scan.volume.voxels.slice(0, 4), Number)).toEqual([5, 7, 0xfff, 1]);
    expect(scan.warnings.map(({ code }) => code)).toEqual(['DICOM_UNUSED_BITS']);
  });

  it('extends the sign of 12-bit pixels, wherever the high bit is', async () => {
    const elements = (highBit: number, pixels: number[]) => (): BuiltElement[] => [
      ['00280010', 'US', [1]],
      ['00280011', 'US', [2]],
      ['00280101', 'US', [12]],
      ['00280102', 'US', [highBit]],
      ['7FE00010', 'OW', pixels],
    ];
    for (const [highBit, shift] of [
      [11, 0],
      [15, 4],
    ]) {
      const pixels = [(0xfff << shift) & 0xffff, 0x7ff << shift];
      const scan = await openScan(series({ elements: elements(highBit, pixels), nSlices: 3 }));
      expect(Array.from(scan.volume.voxels.slice(0, 2), Number)).toEqual([-1, 2047]);
    }
  });

  it.each([
    ['00281054', 'US', 'arbitrary'],
    ['00281054', 'HU', 'HU'],
  ])('a CT with Rescale Type (%s) %s has the unit %s', async (tag, type, unit) => {
    const { volume } = await openScan(series({ elements: () => [[tag, 'LO', type]] }));
    expect(volume.unit).toBe(unit);
  });
});

describe('series', () => {
  it('are told apart by Series Instance UID and by frame of reference, and chosen by UID or number', async () => {
    const folder = join(temporary.path, 'two');
    writeSeriesFiles(join(folder, 'a'));
    writeSeriesFiles(join(folder, 'b'), {
      elements: (k) => [
        ['00080018', 'UI', `1.9.${k}`],
        ['0020000E', 'UI', '1.9'],
        ['00200011', 'IS', '8'],
      ],
    });
    writeSeriesFiles(join(folder, 'c'), {
      elements: (k) => [
        ['00080018', 'UI', `1.8.${k}`],
        ['00200052', 'UI', '1.8'],
      ],
    });
    const { entries } = await openStudy(folder);
    expect(entries.map(({ id, aliases, nFiles }) => [id, aliases, nFiles])).toEqual([
      ['1.2.3.4.5.6', ['3', '1.2.3.4.9'], 6],
      ['1.9', ['8', '1.2.3.4.9'], 6],
      ['1.2.3.4.5.6', ['3', '1.8'], 6],
    ]);
    await expect(openScan(folder)).rejects.toMatchObject({ code: 'INPUT_SEVERAL_IMAGES' });
    expect((await openScan(folder, { series: '8' })).label).toBe('Head');
    expect((await openScan(folder, { series: '1.9' })).label).toBe('Head');
    expect((await openScan(folder, { series: '1.8' })).frameOfReferenceUid).toBe('1.8');
  });

  it('has companions, and names other objects that are no images', async () => {
    const folder = series();
    for (const [name, sopClass] of [
      ['struct.dcm', '481.3'],
      ['report.dcm', '88.11'],
    ])
      // prettier-ignore
      writeSeriesFiles(folder, {
        nSlices: 1,
        name: () => name,
        elements: () => [['00080016', 'UI', `1.2.840.10008.5.1.4.1.1.${sopClass}`]],
      });
    const { entries, companions, skipped } = await openStudy(folder);
    expect(entries).toHaveLength(1);
    expect(companions).toMatchObject([{ kind: 'structure set', path: join(folder, 'struct.dcm') }]);
    expect(skipped).toMatchObject([{ code: 'DICOM_NO_IMAGE' }]);
    expect(skipped[0].message).toContain('a structured report');
    copyFileSync(join(folder, 'struct.dcm'), join(folder, 'twin.dcm'));
    const again = await openStudy(folder);
    expect(again.companions).toHaveLength(1);
    expect(again.skipped.map(({ code }) => code)).toContain('DICOM_DUPLICATE_OBJECT');
  });

  it('says nothing about the patient in its facts', async () => {
    expect(JSON.stringify((await openScan(series())).describe())).not.toContain('Nobody');
  });
});

const REFUSED: readonly (readonly [string, string, SeriesRecipe])[] = [
  ['DICOM_TOO_FEW_SLICES', 'two slices', { nSlices: 2 }],
  ['DICOM_MISSING_SLICES', 'a slice is missing in the middle', { position: (k) => [0, 0, k < 3 ? 4 * k : 4 * k + 4] }],
  ['DICOM_MISSING_SLICES', 'the second slice is missing', { position: (k) => [0, 0, k < 1 ? 0 : 4 * k + 4], nSlices: 90 }],
  ['DICOM_MISSING_SLICES', 'every second slice', { elements: () => [['00180050', 'DS', '2'], ['00180088', 'DS', '2']] }],
  ['DICOM_NOT_VOLUMETRIC', 'a mosaic', { elements: () => [['00080008', 'CS', 'ORIGINAL\\PRIMARY\\M\\MOSAIC']] }],
  ['DICOM_MISSING_SLICES', 'one slice lies aside', { position: (k) => [k === 2 ? 1 : 0, 0, 4 * k] }],
  ['DICOM_DUPLICATE_SLICES', 'two slices at one place', { position: (k) => [0, 0, 4 * (k === 5 ? 4 : k)] }],
  ['DICOM_DUPLICATE_SLICES', 'one instance twice', { elements: (k) => [['00080018', 'UI', `1.2.${k % 5}`]] }],
  ['DICOM_GANTRY_TILT', 'a tilted gantry', { position: (k) => [0, 4 * k * Math.tan(0.1), 4 * k] }],
  ['DICOM_MIXED_SERIES', 'two sizes', { elements: (k) => (k === 3 ? [['00280010', 'US', [2]]] : []) }],
  ['DICOM_MIXED_SERIES', 'two spacings', { elements: (k) => (k === 3 ? [['00280030', 'DS', '3\\2.01']] : []) }],
  ['DICOM_MIXED_SERIES', 'two orientations', { elements: (k) => (k === 3 ? [['00200037', 'DS', '0\\1\\0\\0\\0\\-1']] : []) }],
  ['DICOM_MIXED_SERIES', 'two pixel types', { elements: (k) => (k === 3 ? [['00280103', 'US', [0]]] : []) }],
  ['DICOM_LOCALISER', 'a localiser', { elements: () => [['00080008', 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER']] }],
  ['DICOM_NOT_VOLUMETRIC', 'secondary captures', { elements: () => [['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7']] }],
  ['DICOM_COLOUR', 'colour', { elements: () => [['00280002', 'US', [3]], ['00280004', 'CS', 'RGB']] }],
  ['DICOM_COLOUR', 'a palette', { elements: () => [['00280004', 'CS', 'PALETTE COLOR']] }],
  ['DICOM_NO_POSITION', 'no position', { elements: () => [['00200032', 'DS', '']] }],
  ['DICOM_NO_POSITION', 'no orientation', { elements: () => [['00200037', 'DS', '']] }],
  ['DICOM_BAD_FIELD', 'an orientation of three values', { elements: () => [['00200037', 'DS', '1\\0\\0']] }],
  ['DICOM_BAD_FIELD', 'an orientation that is none', { elements: () => [['00200037', 'DS', '1\\0\\0\\1\\0\\0']] }],
  ['DICOM_BAD_FIELD', 'text where numbers must be', { elements: () => [['00200032', 'DS', 'here\\and\\there']] }],
  ['DICOM_BAD_FIELD', 'rows as text', { elements: () => [['00280010', 'LO', 'four']] }],
  ['DICOM_BAD_FIELD', 'rows of 3 bytes', { elements: () => [['00280010', 'UL', [4]]] }],
  ['DICOM_BAD_FIELD', 'absurd sizes', { elements: () => [['00280010', 'US', [65535]], ['00280011', 'US', [65535]]] }],
  ['DICOM_BAD_FIELD', 'no rows', { elements: () => [['00280010', 'US', [0]]] }],
  ['DICOM_BAD_FIELD', 'no pixel spacing', { elements: () => [['00280030', 'DS', '0\\2']] }],
  ['DICOM_BAD_FIELD', 'slope 0', { elements: () => [['00281053', 'DS', '0']] }],
  ['DICOM_BAD_FIELD', 'more stored than allocated bits', { elements: () => [['00280101', 'US', [17]]] }],
  ['DICOM_UNSUPPORTED_PIXELS', '1-bit pixels', { elements: () => [['00280100', 'US', [1]], ['00280101', 'US', [1]]] }],
  ['DICOM_TRUNCATED', 'fewer pixels than promised', { elements: () => [['00280010', 'US', [400]]] }],
]; // prettier-ignore

describe('refusals', () => {
  it.each(REFUSED)('%s: %s', async (code, _, recipe) => {
    expect(await refusalOf(series(recipe))).toBe(code);
  });

  it('does not refuse gaps between thin slices that the header states', async () => {
    for (const [thickness, between] of [
      ['1', '4'],
      ['5', '0.8'],
      ['1', ''],
    ]) {
      const elements = (): BuiltElement[] => [['00180050', 'DS', thickness], ['00180088', 'DS', between]]; // prettier-ignore
      expect(await refusalOf(series({ elements }))).toBeUndefined();
    }
  });

  it('does not refuse positions that were rounded to 0.1 mm', async () => {
    const recipe: SeriesRecipe = { nSlices: 40, position: (k) => [0, 0, Number((0.625 * k).toFixed(1))] };
    expect(await refusalOf(series(recipe))).toBeUndefined();
  });
});
