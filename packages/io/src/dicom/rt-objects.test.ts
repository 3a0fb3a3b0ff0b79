// @ts-expect-error dcmjs comes without types
import dcmjs from 'dcmjs';
import { sharedPath } from '@efface/test-data';
import { ijkToLps, spacingMm } from '@efface/volume';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDicom, type BuiltElement, type BuiltItem } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import { readDose } from './dose.ts';
import { findRtObjects } from './rt-objects.ts';
import { readStructureSet } from './structure-set.ts';

const { path: folder, remove } = temporaryFolder();
afterAll(remove);
const DOSE = '1.2.840.10008.5.1.4.1.1.481.2';
const STRUCTURES = '1.2.840.10008.5.1.4.1.1.481.3';

/** What dcmjs, somebody else's reader, sees in a file. */
function naturalised(path: string): Record<string, unknown> {
  const bytes = Uint8Array.from(readFileSync(path));
  // eslint-disable-next-line -- dcmjs comes without types
  return dcmjs.data.DicomMetaDictionary.naturalizeDataset(dcmjs.data.DicomMessage.readFile(bytes.buffer).dict);
}

const oracle = sharedPath('oracles/rtstruct');
const SETS = [1, 2].flatMap((n) => ['CT', 'MR_T1', 'PET'].map((kind) => `mirp_sts/STS_00${n}_${kind}/RS.dcm`));

describe.skipIf(oracle === undefined)(
  `real RT objects${oracle === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    it.each(SETS)('%s has the regions and contours that dcmjs sees', async (name) => {
      const path = join(oracle ?? '', name);
      const set = naturalised(path) as {
        StructureSetROISequence: { ROINumber: number; ROIName: string; ReferencedFrameOfReferenceUID: string }[];
        ROIContourSequence: { ReferencedROINumber: number; ContourSequence?: { ContourGeometricType: string; ContourData: unknown[] }[] }[]; // prettier-ignore
        RTROIObservationsSequence: { ReferencedROINumber: number; RTROIInterpretedType?: string }[];
      };
      const regions = await readStructureSet(path);
      expect(regions.length).toBeGreaterThan(0);
      expect(regions.map(({ number, name: roi, frameOfReferenceUid }) => [number, roi, frameOfReferenceUid])).toEqual(
        set.StructureSetROISequence.map((roi) => [
          Number(roi.ROINumber),
          roi.ROIName,
          roi.ReferencedFrameOfReferenceUID,
        ]),
      );
      for (const { number, contours, interpretedType } of regions) {
        const other = set.ROIContourSequence.find((item) => Number(item.ReferencedROINumber) === number);
        const expected = (other?.ContourSequence ?? []).map((contour) => contour.ContourData.map(Number));
        expect(contours.map(({ pointsLps }) => [...pointsLps])).toEqual(expected);
        const observed = set.RTROIObservationsSequence.find((item) => Number(item.ReferencedROINumber) === number);
        expect(interpretedType).toBe(observed?.RTROIInterpretedType ?? '');
      }
    });

    it.each(['rtdose.dcm', 'rtdose_rle.dcm'])('%s is a stack', async (name) => {
      const path = join(oracle ?? '', 'pydicom', name);
      const dose = await readDose(path);
      // The same dose in two codings; dcmjs reads the plain one.
      const set = naturalised(join(oracle ?? '', 'pydicom/rtdose.dcm')) as {
      GridFrameOffsetVector: number[]; ImagePositionPatient: number[]; PixelSpacing: number[]; DoseGridScaling: number;
      Rows: number; Columns: number; PixelData: ArrayBuffer[];
    }; // prettier-ignore
      const offsets = set.GridFrameOffsetVector.map(Number);
      expect(dose.grid.sizeIjk).toEqual([set.Columns, set.Rows, offsets.length]);
      expect(dose.unit).toBe('relative');
      const [first] = set.PixelSpacing.map(Number);
      expect(spacingMm(dose.grid).map((mm) => Number(mm.toFixed(6)))).toEqual([first, first, Math.abs(offsets[1] - offsets[0])]); // prettier-ignore
      const origin = ijkToLps(dose.grid, [0, 0, 0]);
      // A stack that is stored from above is turned round: its lowest plane comes first.
      const lowest = Math.min(...offsets);
      expect(origin[0]).toBeCloseTo(Number(set.ImagePositionPatient[0]), 6);
      expect(origin[1]).toBeCloseTo(Number(set.ImagePositionPatient[1]), 6);
      expect(origin[2]).toBeCloseTo(Number(set.ImagePositionPatient[2]) + lowest - offsets[0], 6);
      const bytes = set.PixelData[0];
      const stored = bytes.byteLength === 4 * dose.voxels.length ? new Uint32Array(bytes) : new Uint16Array(bytes);
      const plane = set.Rows * set.Columns;
      const isTurned = offsets[1] < offsets[0];
      const own = Array.from(dose.voxels as Uint32Array);
      offsets.forEach((_, k) => {
        const from = isTurned ? offsets.length - 1 - k : k;
        expect(own.slice(k * plane, (k + 1) * plane)).toEqual([...stored.subarray(from * plane, (from + 1) * plane)]);
      });
      expect([...dose.rescale.slopePerK]).toEqual(offsets.map(() => Number(set.DoseGridScaling)));
    });

    it('with 32-bit pixels in big-endian order, words or bytes swapped, are refused', async () => {
      const path = join(oracle ?? '', 'pydicom/rtdose_expb.dcm');
      await expect(readDose(path)).rejects.toMatchObject({ code: 'DICOM_UNSUPPORTED_PIXELS' });
    });

    it('are found by what they are', async () => {
      const study = join(folder, 'study');
      mkdirSync(join(study, 'deep'), { recursive: true });
      copyFileSync(join(oracle ?? '', SETS[0]), join(study, 'deep/image.bin'));
      copyFileSync(join(oracle ?? '', 'pydicom/rtdose.dcm'), join(study, 'x'));
      writeFileSync(join(study, 'note.txt'), 'no DICOM');
      expect(await findRtObjects(study)).toEqual({ structureSets: [join(study, 'deep/image.bin')], doses: [join(study, 'x')] }); // prettier-ignore
    });
  },
);

/** A dose of 3 columns, 2 rows and as many planes as there are offsets; stored value 100 × plane + pixel. */
function writeDose(offsets: readonly number[], changes: readonly BuiltElement[] = []): string {
  const values = offsets.flatMap((_, plane) => Array.from({ length: 6 }, (_unused, n) => 100 * plane + n));
  const path = join(folder, 'dose.dcm');
  writeFileSync(
    path,
    buildDicom({
      elements: [
        ['00080016', 'UI', DOSE], ['00080018', 'UI', '1.2.3'], ['00200032', 'DS', '1\\2\\30'],
        ['00200037', 'DS', '1\\0\\0\\0\\1\\0'], ['00280002', 'US', [1]], ['00280004', 'CS', 'MONOCHROME2'],
        ['00280008', 'IS', String(offsets.length)], ['00280010', 'US', [2]], ['00280011', 'US', [3]],
        ['00280030', 'DS', '4\\5'], ['00280100', 'US', [16]], ['00280101', 'US', [16]], ['00280102', 'US', [15]],
        ['00280103', 'US', [0]], ['30040002', 'CS', 'GY'], ['3004000C', 'DS', offsets.join('\\')],
        ['3004000E', 'DS', '0.5'], ['7FE00010', 'OW', values], ...changes,
      ],
    }),
  ); // prettier-ignore
  return path;
}

describe('a dose', () => {
  it.each([
    ['relative, upwards', [0, 3, 6], 30, [0, 100, 200]],
    ['relative, downwards', [0, -3, -6], 24, [200, 100, 0]],
    ['positions, upwards', [30, 33, 36], 30, [0, 100, 200]],
    ['positions, downwards', [30, 27, 24], 24, [200, 100, 0]],
  ] as const)('lies where its offsets say: %s', async (_, offsets, z, firstOfPlane) => {
    const { grid, voxels, rescale, unit } = await readDose(writeDose(offsets));
    expect(ijkToLps(grid, [0, 0, 0])).toEqual([1, 2, z]);
    expect(ijkToLps(grid, [2, 1, 2])).toEqual([11, 6, z + 6]);
    expect([0, 6, 12].map((n) => voxels[n])).toEqual(firstOfPlane);
    expect([...rescale.slopePerK]).toEqual([0.5, 0.5, 0.5]);
    expect(unit).toBe('Gy');
  });

  it.each([
    ['uneven planes', [0, 3, 9], [], 'DICOM_MISSING_SLICES'],
    ['a first offset that is no place', [5, 8, 11], [], 'DICOM_BAD_FIELD'],
    ['too few offsets', [0, 3, 6], [['3004000C', 'DS', '0\\3']], 'DICOM_BAD_FIELD'],
    ['doses in centigray', [0, 3, 6], [['30040002', 'CS', 'CGY']], 'DICOM_BAD_FIELD'],
    ['no scaling', [0, 3, 6], [['3004000E', 'DS', '0']], 'DICOM_BAD_FIELD'],
    ['another class', [0, 3, 6], [['00080016', 'UI', STRUCTURES]], 'DICOM_NOT_VOLUMETRIC'],
    ['fewer pixels than it says', [0, 3, 6], [['7FE00010', 'OW', [1, 2]]], 'DICOM_TRUNCATED'],
  ] as const)('is refused for %s', async (_, offsets, changes, code) => {
    await expect(readDose(writeDose(offsets, changes))).rejects.toMatchObject({ code });
  });
});

describe('a structure set', () => {
  const write = (contour: readonly BuiltElement[]): string => {
    const item = (...elements: BuiltElement[]): BuiltItem => ({ elements });
    const path = join(folder, 'set.dcm');
    writeFileSync(
      path,
      buildDicom({
        elements: [
          ['00080016', 'UI', STRUCTURES],
          ['00080018', 'UI', '1.2.3'],
          ['30060020', 'SQ', [item(['30060022', 'IS', '7'], ['30060026', 'LO', 'Skin'])]],
          ['30060039', 'SQ', [item(['30060040', 'SQ', [item(...contour)]], ['30060084', 'IS', '7'])]],
        ],
      }),
    );
    return path;
  };

  it('may say nothing of types', async () => {
    const path = write([['30060042', 'CS', 'POINT'], ['30060050', 'DS', '1\\2\\3']]); // prettier-ignore
    expect(await readStructureSet(path)).toEqual([
      {
        number: 7, name: 'Skin', interpretedType: '', frameOfReferenceUid: '',
        contours: [{ type: 'POINT', pointsLps: Float64Array.of(1, 2, 3) }],
      },
    ]); // prettier-ignore
  });

  it.each([
    ['coordinates that are no triplets', [['30060042', 'CS', 'POINT'], ['30060050', 'DS', '1\\2']]],
    ['coordinates that are no numbers', [['30060042', 'CS', 'POINT'], ['30060050', 'DS', '1\\2\\x']]],
    ['an unknown type', [['30060042', 'CS', 'SPLINE'], ['30060050', 'DS', '1\\2\\3']]],
  ] as const)('is refused for %s', async (_, contour) => {
    await expect(readStructureSet(write(contour))).rejects.toMatchObject({ code: 'DICOM_BAD_FIELD' });
  }); // prettier-ignore
});
