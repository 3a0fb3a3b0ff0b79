import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMask, ijkToLps, type Mask, maskCount, type Vec3, type Volume, type VoxelArray } from '@efface/volume';
import { sharedPath } from '@efface/test-data';
import { voxelBytes } from '../alter.ts';
import { openNifti } from '../nifti/nifti-scan.ts';
import { openScan, openStudy } from '../open.ts';
import type { Alteration } from '../scan.ts';
import { hasProgram, hasPydicom, listFiles, readWithPydicom, run, unpack } from '../testing/other-software.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';
import type { DicomScan } from './dicom-scan.ts';

/** The real sets: archive, folder of one series in it, and what the README beside them says. */
const SETS = [
  { name: 'philips_T1', series: 'philips_T1', sizeIjk: [256, 256, 170], modality: 'MR', enhanced: false },
  { name: 'xa30_T1_enhanced', series: '6_anat-T1w_acq-tfl', sizeIjk: [128, 128, 96], modality: 'MR', enhanced: true },
  { name: 'decubitus_T1', series: 'decubitus/HFDL', sizeIjk: [256, 256, 35], modality: 'MR', enhanced: false },
  { name: 'ct_headsq_64x64x93', series: 'CTHeadAxialDicom', sizeIjk: [64, 64, 93], modality: 'CT', enhanced: false },
  {
    name: 'pet_qin_headneck_0024_with_SEG',
    series: 'qin24/PET',
    sizeIjk: [128, 128, 299],
    modality: 'PT',
    enhanced: false,
  },
] as const;

/** Called only where the data are. */
function archiveOf(name: string): string {
  return sharedPath(`data/dicom/${name}.tar.xz`) ?? '';
}

const HAS_DATA = sharedPath('data/dicom') !== undefined;
const WHY = HAS_DATA ? '' : ' (skipped: the shared DICOM data are not beside the checkout)';
const missing = (program: string, there: boolean): string =>
  HAS_DATA ? (there ? '' : ` (skipped: ${program} is not installed)`) : WHY;
const PYDICOM = HAS_DATA && hasPydicom();
const DCM2NIIX = HAS_DATA && hasProgram('dcm2niix');
const DCIODVFY = HAS_DATA && hasProgram('dciodvfy');
const DCMDUMP = HAS_DATA && hasProgram('dcmdump');

/**
 * dciodvfy wants the pulse sequence gone from enhanced MR images that are DERIVED. It is still how they were acquired,
 * and PS3.3 section C.8.13.4 only stops requiring it.
 */
const TOLD_OF_DERIVED = /present when condition unsatisfied.*Module=<MRPulseSequence>/;

/** A box in one corner of the grid, about an eighth of it: some slices are altered, others are not. */
function cornerMask({ grid }: Volume): Mask {
  const mask = createMask(grid.sizeIjk);
  const [ni, nj, nk] = grid.sizeIjk.map((n) => n >> 1);
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++)
        mask.words[(k * grid.sizeIjk[1] + j) * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  return mask;
}

function cornerAlteration(volume: Volume): Alteration {
  return {
    mask: cornerMask(volume),
    fill: { kind: 'constant', storedPerK: [new Float64Array(volume.grid.sizeIjk[2]).fill(7)] },
    methodText: 'test, one corner set to 7',
    softwareVersion: '0.1.0',
    verified: true,
  };
}

/** The input's voxels with the corner changed, by the plainest possible loop. */
function expectedVoxels(volume: Volume): VoxelArray {
  const out = volume.voxels.slice();
  const [ni, nj, nk] = volume.grid.sizeIjk;
  for (let k = 0; k < nk >> 1; k++)
    for (let j = 0; j < nj >> 1; j++) for (let i = 0; i < ni >> 1; i++) out[(k * nj + j) * ni + i] = 7;
  return out;
}

function differences(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  let count = 0;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) count++;
  return count;
}

function crcOfSlices({ voxels, grid }: Volume): number[] {
  const bytes = voxelBytes(voxels);
  const size = bytes.length / grid.sizeIjk[2];
  return Array.from({ length: grid.sizeIjk[2] }, (_, k) => crc32(bytes.subarray(k * size, (k + 1) * size)));
}

describe.skipIf(!HAS_DATA).each(SETS)(`$name${WHY}`, ({ name, series, sizeIjk, modality, enhanced }) => {
  const temporary = temporaryFolder();
  let input = '';
  let output = '';
  let scan: DicomScan;
  let written: DicomScan;

  beforeAll(async () => {
    input = join(unpack(archiveOf(name), temporary.path), series);
    scan = (await openScan(input)) as DicomScan;
    output = join(temporary.path, 'out');
    await scan.write(cornerAlteration(scan.volume), output);
    written = (await openScan(output)) as DicomScan;
  });
  afterAll(() => temporary.remove());

  it('is read as what it is', () => {
    expect(scan.volume.grid.sizeIjk).toEqual(sizeIjk);
    expect(scan.volume.modality).toBe(modality);
  });

  it('is written with the mask changed and every other voxel the same, on the same grid', () => {
    expect(maskCount(cornerMask(scan.volume))).toBe((sizeIjk[0] >> 1) * (sizeIjk[1] >> 1) * (sizeIjk[2] >> 1));
    expect(Buffer.compare(voxelBytes(written.volume.voxels), voxelBytes(expectedVoxels(scan.volume)))).toBe(0);
    expect(written.volume.grid).toEqual(scan.volume.grid);
    expect(written.volume.rescale).toEqual(scan.volume.rescale);
    expect(written.frameOfReferenceUid).toBe(scan.frameOfReferenceUid);
    expect(written.seriesInstanceUid).not.toBe(scan.seriesInstanceUid);
  });

  it.skipIf(!PYDICOM)(
    `pydicom reads the same pixels from input and output${missing('pydicom', PYDICOM)}`,
    () => {
      for (const [folder, own] of [
        [input, scan],
        [output, written],
      ] as const) {
        const facts = readWithPydicom(listFiles(folder));
        const crcs = crcOfSlices(own.volume);
        if (enhanced) {
          // Frames are stored along or against k.
          const stored = facts[0].crcPerFrame;
          expect([stored, stored.toReversed()]).toContainEqual(crcs);
          continue;
        }
        const byUid = new Map(facts.map((fact) => [fact.sopInstanceUid, fact.crcPerFrame[0]]));
        expect(crcs.map((_, k) => byUid.get(own.sopInstanceUidOfSlice(k)))).toEqual(crcs);
      }
    },
    60_000,
  );

  it.skipIf(!DCM2NIIX)(
    `dcm2niix makes the same volume of input and output${missing('dcm2niix', DCM2NIIX)}`,
    async () => {
      const convert = async (folder: string, label: string): ReturnType<typeof openNifti> => {
        const target = join(temporary.path, label);
        mkdirSync(target);
        // Without the crop, merge and rescale options, so that stored values stay as they are.
        run('dcm2niix', ['-b', 'n', '-z', 'n', '-m', 'y', '-o', target, '-f', 'x', folder]);
        return openNifti(listFiles(target, '.nii')[0]);
      };
      const before = await convert(input, 'nifti-in');
      const after = await convert(output, 'nifti-out');
      expect(after.volume.grid).toEqual(before.volume.grid);
      expect(after.volume.rescale).toEqual(before.volume.rescale);
      const changed = differences(before.volume.voxels, after.volume.voxels);
      const expected = differences(scan.volume.voxels, expectedVoxels(scan.volume));
      expect(changed).toBe(expected);
    },
    60_000,
  );

  it.skipIf(!DCM2NIIX)(`dcm2niix places the voxels where we do${missing('dcm2niix', DCM2NIIX)}`, async () => {
    const target = join(temporary.path, 'nifti-geometry');
    mkdirSync(target);
    run('dcm2niix', ['-b', 'n', '-z', 'n', '-m', 'y', '-o', target, '-f', 'x', input]);
    const { grid } = (await openNifti(listFiles(target, '.nii')[0])).volume;
    const theirs = cornersOf(grid);
    // NIfTI rounds the affine to 32 bits and dcm2niix the slice distance; 0.02 mm end to end is far below a voxel.
    for (const p of cornersOf(scan.volume.grid))
      expect(Math.min(...theirs.map((q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])))).toBeLessThan(0.02);
  });

  it.skipIf(!DCIODVFY)(`dciodvfy finds no new errors${missing('dciodvfy', DCIODVFY)}`, () => {
    const errorsOf = (path: string): string[] =>
      spawnSync('dciodvfy', [path], { encoding: 'utf8' })
        .stderr.split('\n')
        .filter((line) => line.startsWith('Error') && !TOLD_OF_DERIVED.test(line));
    const before = new Set(listFiles(input).slice(0, 3).flatMap(errorsOf));
    const after = listFiles(output).slice(0, 3).flatMap(errorsOf);
    expect(after.filter((line) => !before.has(line))).toEqual([]);
  });

  it.skipIf(!DCMDUMP)(`dcmdump reads the output without complaint${missing('dcmdump', DCMDUMP)}`, () => {
    const dump = spawnSync('dcmdump', ['-q', listFiles(output)[0]], { encoding: 'utf8' });
    expect(dump.status).toBe(0);
    expect(dump.stderr).toBe('');
    // Image Type and, in the enhanced object, Frame Type (0008,9007).
    const types = dump.stdout.match(/\(0008,(0008|9007)\) CS \[[A-Z]+/g) ?? [];
    expect(types.length).toBeGreaterThan(0);
    for (const type of types) expect(type).toMatch(/\[DERIVED$/);
  });
});

/** The eight corners of the voxel lattice, LPS mm. */
function cornersOf(grid: Volume['grid']): Vec3[] {
  const [ni, nj, nk] = grid.sizeIjk;
  return [0, 1, 2, 3, 4, 5, 6, 7].map((c) =>
    ijkToLps(grid, [c & 1 ? ni - 1 : 0, c & 2 ? nj - 1 : 0, c & 4 ? nk - 1 : 0]),
  );
}

describe.skipIf(!HAS_DATA)(`sets that are refused or told apart${WHY}`, () => {
  const temporary = temporaryFolder();
  afterAll(() => temporary.remove());

  it('refuses the tilted CT', async () => {
    const { entries } = await openStudy(unpack(archiveOf('ct_ge_tilt'), temporary.path));
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_GANTRY_TILT']);
    // The README beside the data gives the tilt as 18.5°.
    expect(entries[0].refusal?.message).toContain('18.5°');
    await expect(entries[0].open()).rejects.toMatchObject({ code: 'DICOM_GANTRY_TILT', exit: 'inputRefused' });
  });

  it('refuses the fruit, of which every tenth slice is there', async () => {
    const { entries } = await openStudy(unpack(archiveOf('deident_fruit'), temporary.path));
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_MISSING_SLICES']);
    // Its headers say 1.2 mm.
    expect(entries[0].refusal?.message).toContain('12.000 mm apart');
  });

  it('tells four series of one folder apart', async () => {
    const { entries } = await openStudy(unpack(archiveOf('decubitus_T1'), temporary.path));
    expect(entries.map(({ nFiles }) => nFiles)).toEqual([35, 35, 35, 35]);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(4);
  });

  it('has the segmentation beside the PET, and opens the PET', async () => {
    const { entries, companions, skipped } = await openStudy(
      unpack(archiveOf('pet_qin_headneck_0024_with_SEG'), temporary.path),
    );
    expect(entries.map(({ modality }) => modality)).toEqual(['PT']);
    expect(companions).toMatchObject([
      { kind: 'segmentation', frameOfReferenceUids: [entries[0].frameOfReferenceUid] },
    ]);
    expect(skipped).toEqual([]);
    expect((await entries[0].open()).volume.unit).toBe('Bq/ml');
  });
});
