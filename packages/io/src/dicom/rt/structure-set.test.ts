import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '@efface/test-data';
import { buildDicom } from '../../testing/build-dicom.ts';
import { buildDose, buildStructureSet, type BuiltRegion } from '../../testing/build-rt.ts';
import { type DcmjsRegion, readRegionsWithDcmjs } from '../../testing/other-software.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import { readStructureSet } from './structure-set.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;

function put(bytes: Uint8Array): string {
  const path = join(temporary.path, `${count++}.dcm`);
  writeFileSync(path, bytes);
  return path;
}

const TRIANGLE = [0, 0, 5, 10, 0, 5, 0, 10, 5];
const SKIN: BuiltRegion = {
  number: 7,
  name: 'Skin',
  interpretedType: 'EXTERNAL',
  contours: [{ points: TRIANGLE }, { type: 'POINT', points: [1, 2.5, -3e-2] }],
};

describe('a structure set', () => {
  it.each(['explicit', 'implicit', 'bigEndian'] as const)('has its regions, coded %s', async (coding) => {
    const regions = [SKIN, { number: 2, name: 'Never drawn', contours: [] }];
    expect(await readStructureSet(put(buildStructureSet(regions, { coding })))).toEqual({
      frameOfReferenceUid: '1.2.3.4.9',
      regions: [
        {
          number: 7,
          name: 'Skin',
          interpretedType: 'EXTERNAL',
          frameOfReferenceUid: '1.2.3.4.9',
          contours: [
            { type: 'CLOSED_PLANAR', pointsLps: Float64Array.from(TRIANGLE) },
            { type: 'POINT', pointsLps: Float64Array.of(1, 2.5, -0.03) },
          ],
        },
        { number: 2, name: 'Never drawn', interpretedType: '', frameOfReferenceUid: '1.2.3.4.9', contours: [] },
      ],
    });
  });

  it('has contours of any length', async () => {
    const points = Array.from({ length: 30_000 }, (_, n) => n / 8);
    const { regions } = await readStructureSet(put(buildStructureSet([{ ...SKIN, contours: [{ points }] }])));
    expect(regions[0].contours[0].pointsLps).toEqual(Float64Array.from(points));
  });

  it('says whose coordinates it is in, where regions agree', async () => {
    const other: BuiltRegion = { ...SKIN, number: 8, frameOfReferenceUid: '1.9' };
    const set = await readStructureSet(put(buildStructureSet([SKIN, other])));
    expect('frameOfReferenceUid' in set).toBe(false);
    expect(set.regions.map(({ frameOfReferenceUid }) => frameOfReferenceUid)).toEqual(['1.2.3.4.9', '1.9']);
  });

  it('is named in the characters of the file and needs no observations', async () => {
    const bytes = buildStructureSet([{ ...SKIN, name: Buffer.from('Körper', 'utf8').toString('latin1') }], {
      elements: [['00080005', 'CS', 'ISO_IR 192']],
      without: ['30060080'],
    });
    expect((await readStructureSet(put(bytes))).regions).toMatchObject([{ name: 'Körper', interpretedType: '' }]);
  });
});

describe('refused', () => {
  const corrupt = { code: 'DICOM_BAD_FIELD', exit: 'inputCorrupt' };
  const contour = (points: readonly number[] | string, type?: string): Uint8Array =>
    buildStructureSet([{ ...SKIN, contours: [{ points, ...(type === undefined ? {} : { type }) }] }]);

  it.each([
    ['five numbers', contour('1\\2\\3\\4\\5'), /\(3006,0050\).*region 7 has 5 numbers/],
    ['none', contour(''), /has 0 numbers/],
    ['a word among the numbers', contour('1\\two\\3'), /\(3006,0050\) must be a number/],
    ['a number beyond all', contour('1\\1e999\\3'), /\(3006,0050\) must be a number/],
    ['an empty number', contour('1\\\\3'), /\(3006,0050\) must be a number/],
    ['fewer points than promised', contour('1\\2\\3\\4\\5\\6'), /has 2 points in \(3006,0050\) and 1 by \(3006,0046\)/],
    ['a type nobody knows', contour(TRIANGLE, 'ROUND'), /\(3006,0042\).*region 7/],
    ['no names', buildStructureSet([SKIN], { without: ['30060020'] }), /\(3006,0020\)/],
    ['no contours', buildStructureSet([SKIN], { without: ['30060039'] }), /\(3006,0039\)/],
    ['two regions of one number', buildStructureSet([SKIN, SKIN]), /two regions have the number 7/],
    [
      'contours of nobody',
      buildStructureSet([SKIN], { elements: [['30060020', 'SQ', []]] }),
      /contours of region 7, which/,
    ],
  ])('%s', async (_, bytes, message) => {
    const path = put(bytes);
    const read = readStructureSet(path);
    await expect(read).rejects.toMatchObject(corrupt);
    await expect(read).rejects.toThrow(message);
    // Names of regions are free text.
    await expect(read).rejects.toThrow(path);
    await expect(read).rejects.not.toThrow('Skin');
  });

  it('what is something else, damaged or absent', async () => {
    const dose = buildDose({
      columns: 1, rows: 1, stored: new Uint16Array(2), scaling: 1, offsetsMm: [0, 1], positionLps: [0, 0, 0], spacingMm: [1, 1],
    }); // prettier-ignore
    await expect(readStructureSet(put(dose))).rejects.toMatchObject({ code: 'DICOM_WRONG_OBJECT', exit: 'inputRefused' }); // prettier-ignore
    const whole = buildStructureSet([SKIN]);
    await expect(readStructureSet(put(whole.subarray(0, whole.length - 20)))).rejects.toMatchObject({ code: 'DICOM_TRUNCATED' }); // prettier-ignore
    await expect(readStructureSet(put(Buffer.from('text')))).rejects.toMatchObject({ code: 'DICOM_NOT_DICOM' });
    await expect(readStructureSet(join(temporary.path, 'absent'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});

const oracle = sharedPath('oracles/rtstruct');
describe.skipIf(oracle === undefined)(
  `structure sets of other makers${oracle === undefined ? ' (skipped: the shared oracles are not beside the checkout)' : ''}`,
  () => {
    const FILES = [
      ...['STS_001_CT', 'STS_001_PET', 'STS_001_MR_T1', 'STS_002_CT', 'STS_002_PET', 'STS_002_MR_T1'].map(
        (name) => `mirp_sts/${name}/RS.dcm`,
      ),
      'rt-utils/tests/mock_data/rt.dcm',
    ];
    const asDcmjs = async (path: string): Promise<DcmjsRegion[]> =>
      (await readStructureSet(path)).regions.map(({ number, name, interpretedType, contours }) => ({
        number,
        name,
        interpretedType,
        contours: contours.map(({ type, pointsLps }) => ({ type, points: [...pointsLps] })),
      }));

    it.each(FILES)('%s is what dcmjs reads', async (file) => {
      const path = join(oracle ?? '', file);
      const regions = await asDcmjs(path);
      expect(regions.length).toBeGreaterThan(0);
      expect(regions).toEqual(readRegionsWithDcmjs(readFileSync(path)));
    });

    it('a bare data set is no DICOM file; with its meta information it has a body and two isocentres', async () => {
      const path = join(oracle ?? '', 'pydicom/rtstruct.dcm');
      await expect(readStructureSet(path)).rejects.toMatchObject({ code: 'DICOM_NOT_DICOM' });
      const whole = Buffer.concat([buildDicom({ elements: [], coding: 'implicit' }), readFileSync(path)]);
      const regions = await asDcmjs(put(whole));
      expect(regions).toEqual(readRegionsWithDcmjs(whole));
      expect(regions.map(({ number, name, interpretedType }) => [number, name, interpretedType])).toEqual([
        [1, 'patient', 'EXTERNAL'],
        [2, 'Isocenter 1', 'ISOCENTER'],
        [3, 'Isocenter 2', 'ISOCENTER'],
      ]);
    });
  },
);
