import type { Backend } from '@efface/compute';
import { openScan, openStudy, readDose, readNrrd, readStructureSet, writeStudy } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { doseGyAt, generateStudy } from '@efface/test-data';
import { type Grid, ijkToLps, maskHas, sameGrid, type Vec3 } from '@efface/volume';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { structureGroups } from './structure-groups.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
const folder = join(scratch, 'study');
const study = generateStudy({ seed: 7, ctSpacingMm: [2, 2, 5] });
const inFolder = (name: string): string => join(folder, name);
let files: string[] = [];
let backend: Backend;
beforeAll(async () => {
  files = await writeStudy(folder, study);
  backend = await openBackend('cpu', { threads: 1 });
});
afterAll(() => backend[Symbol.asyncDispose]());

const lacks = (...programs: readonly string[]): boolean =>
  programs.some((name) => spawnSync(name, ['--version']).error !== undefined);

function runs(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout + stderr;
}

/** Bits of all structures on the CT as the written structure set draws them. */
async function drawn(): Promise<{ readonly grid: Grid; readonly bits: Uint32Array }> {
  const { volume } = await openScan(inFolder('CT'));
  for await (const { bits } of structureGroups(backend, inFolder('RTSTRUCT.dcm'), { grid: volume.grid }))
    return { grid: volume.grid, bits };
  throw new Error('no structures');
}

describe('the generated study', () => {
  it('comes back from its files: CT, MR and PET voxel by voxel, in one frame of reference', async () => {
    for (const [name, volume] of [
      ['CT', study.ct],
      ['MR', study.mr],
      ['PET', study.pet],
    ] as const) {
      const read = (await openScan(inFolder(name))).volume;
      expect(volume && sameGrid(read.grid, volume.grid), name).toBe(true);
      expect(Buffer.compare(Buffer.from(read.voxels.slice().buffer), Buffer.from(volume!.voxels.slice().buffer))).toBe(
        0,
      );
      expect(read.unit).toBe(volume?.unit);
      if (name !== 'MR') expect([...read.rescale.slopePerK]).toEqual([...volume!.rescale.slopePerK]);
    }
    expect((await openStudy(folder)).entries).toHaveLength(3);
  });

  it('has contours that draw exactly the voxels of the shapes', async () => {
    const { grid, bits } = await drawn();
    const [ni, nj] = grid.sizeIjk;
    study.masks.forEach((mask, n) => {
      let differing = 0;
      let inside = 0;
      for (let v = 0; v < bits.length; v++) {
        const has = maskHas(mask, v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj)));
        inside += Number(has);
        differing += Number(has !== ((bits[v] >>> n) & 1) > 0);
      }
      expect([study.regions[n].name, differing]).toEqual([study.regions[n].name, 0]);
      expect(inside).toBeGreaterThan(0);
    });
  });

  it('names the twelve structures of the 2023 study and the body', async () => {
    const { regions } = await readStructureSet(inFolder('RTSTRUCT.dcm'));
    expect(regions.map(({ name }) => name).sort()).toEqual(
      'BODY Bone_Mandible Brain Brainstem Cavity_Oral Eye_L Eye_R OpticChiasm OpticNrv_L OpticNrv_R Parotid_L Parotid_R Target'.split(
        ' ',
      ),
    );
    expect(regions.filter(({ interpretedType }) => interpretedType === 'EXTERNAL').map(({ name }) => name)).toEqual([
      'BODY',
    ]);
  });

  it('has the dose of its closed form, to half a step of its 32-bit integers', async () => {
    const { volume, summationType } = await readDose(inFolder('RTDOSE.dcm'));
    expect(summationType).toBe('PLAN');
    const [ni, nj] = volume.grid.sizeIjk;
    let worst = 0;
    for (let v = 0; v < volume.voxels.length; v += 97) {
      const p: Vec3 = [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))];
      const gy = Number(volume.voxels[v]) * volume.rescale.slopePerK[p[2]];
      worst = Math.max(worst, Math.abs(gy - doseGyAt(study.plan, ijkToLps(volume.grid, p))));
    }
    // The volume is of f32: 60 Gy has steps of 2^-18 Gy, half of which is 1.9 µGy.
    expect(worst).toBeLessThan(2e-6 + volume.rescale.slopePerK[0]);
  });

  it('is the same to the byte for the same seed', async () => {
    const again = join(scratch, 'again');
    const written = await writeStudy(again, generateStudy({ seed: 7, ctSpacingMm: [2, 2, 5] }));
    expect(written).toHaveLength(files.length);
    written.forEach((path, n) => { expect(readFileSync(path).equals(readFileSync(files[n])), path).toBe(true); }); // prettier-ignore
  });
});

describe.skipIf(lacks('dciodvfy', 'dcmodify'))('dciodvfy (skipped without dicom3tools and dcmtk)', () => {
  const complaints = (path: string): string[] =>
    (spawnSync('dciodvfy', [path], { encoding: 'utf8' }).stderr || '')
      .split('\n')
      .filter((line) => /^(Error|Warning)/.test(line));

  it('finds neither error nor warning in a file of each kind', () => {
    const first = (name: string): string => inFolder(join(name, readdirSync(inFolder(name))[3]));
    const single = ['RTSTRUCT.dcm', 'RTPLAN.dcm', 'SEG.dcm', 'REG.dcm'].map(inFolder);
    for (const path of [first('CT'), first('MR'), first('PET'), ...single])
      expect([path, complaints(path)]).toEqual([path, []]);
  });

  it('finds none in the dose, described as 16-bit of twice the columns: it stops at 32-bit pixels itself', () => {
    const path = join(scratch, 'dose16.dcm');
    copyFileSync(inFolder('RTDOSE.dcm'), path);
    const columns = 2 * study.doseGy.grid.sizeIjk[0];
    runs(
      'dcmodify',
      '-nb',
      '-m',
      '0028,0100=16',
      '-m',
      '0028,0101=16',
      '-m',
      '0028,0102=15',
      '-m',
      `0028,0011=${columns}`,
      path,
    );
    expect(complaints(path)).toEqual([]);
  });
});

const PYDICOM = `
import json, os, sys, pydicom
sets = [pydicom.dcmread(os.path.join(d, f)) for d, _, fs in os.walk(sys.argv[1]) for f in fs]
known = {s.SOPInstanceUID for s in sets} | {s.SeriesInstanceUID for s in sets} | {s.StudyInstanceUID for s in sets} | {s.FrameOfReferenceUID for s in sets}
refs = [str(e.value) for s in sets for e in s.iterall() if e.VR == 'UI' and (e.keyword.startswith('Referenced') and 'Class' not in e.keyword or e.keyword in ('SeriesInstanceUID', 'FrameOfReferenceUID', 'StudyInstanceUID'))]
pixels = sum(s.pixel_array.size for s in sets if 'PixelData' in s)
print(json.dumps(dict(files=len(sets), studies=len({s.StudyInstanceUID for s in sets}), frames=len({s.FrameOfReferenceUID for s in sets}),
    instances=len({s.SOPInstanceUID for s in sets}), refs=len(refs), broken=sum(r not in known for r in refs), pixels=pixels)))
`;
const lacksPydicom = spawnSync('python3', ['-c', 'import pydicom, numpy']).status !== 0;

it.skipIf(lacksPydicom)('pydicom reads every file, and every UID refers to one (skipped without pydicom)', () => {
  const facts = JSON.parse(runs('python3', '-W', 'ignore', '-c', PYDICOM, folder)) as Record<string, number>;
  const voxels = [study.ct, study.mr, study.pet, study.doseGy].reduce(
    (sum, volume) => sum + (volume?.voxels.length ?? 0),
    0,
  );
  const [{ mask }] = study.segments;
  const [ni, nj, nk] = mask.sizeIjk;
  const sliceWords = mask.wordsPerRow * nj;
  const segmented = Array.from({ length: nk }, (_, k) => mask.words.subarray(k * sliceWords, (k + 1) * sliceWords));
  const segmentPixels = segmented.filter((words) => words.some((word) => word !== 0)).length * ni * nj;
  expect(facts).toMatchObject({
    files: files.length,
    instances: files.length,
    studies: 1,
    frames: 1,
    broken: 0,
    pixels: voxels + segmentPixels,
  });
  expect(facts['refs']).toBeGreaterThan(files.length);
});

describe.skipIf(lacks('plastimatch'))('plastimatch (skipped where it is not installed)', () => {
  it('draws the same masks from the structure set', async () => {
    const prefix = join(scratch, 'plastimatch');
    runs('plastimatch', 'convert', '--input', inFolder('RTSTRUCT.dcm'), '--referenced-ct', inFolder('CT'), '--output-prefix', prefix, '--prefix-format', 'nrrd'); // prettier-ignore
    const { grid, bits } = await drawn();
    const differing: Record<string, number> = {};
    for (const [n, { name }] of study.regions.entries()) {
      const theirs = await readNrrd(join(prefix, `${name}.nrrd`));
      expect(sameGrid(theirs.grid, grid)).toBe(true);
      let count = 0;
      for (let v = 0; v < bits.length; v++) count += Number(Number(theirs.voxels[v]) > 0 !== ((bits[v] >>> n) & 1) > 0);
      differing[name] = count;
    }
    expect(differing).toEqual(Object.fromEntries(study.regions.map(({ name }) => [name, 0])));
  });

  it('finds the histogram of the target that the dose file has', () => {
    const [image, list, table] = ['ss.nrrd', 'ss.txt', 'dvh.csv'].map((name) => join(scratch, name));
    runs('plastimatch', 'convert', '--input', inFolder('RTSTRUCT.dcm'), '--referenced-ct', inFolder('CT'), '--output-ss-img', image, '--output-ss-list', list); // prettier-ignore
    runs('plastimatch', 'dvh', '--input-ss-img', image, '--input-ss-list', list, '--input-dose', inFolder('RTDOSE.dcm'), '--output-csv', table, '--cumulative', '--dose-units', 'gy', '--num-bins', '700', '--bin-width', '0.1'); // prettier-ignore
    const [names, ...rows] = readFileSync(table, 'utf8').trim().split('\n').map((line) => line.trim().split(',')); // prettier-ignore
    const column = names.indexOf('Target');
    const [{ volumesCm3 }] = study.dvhs;
    const ours = (bin: number): number => (bin <= 0 ? 1 : (volumesCm3[bin] ?? 0) / volumesCm3[0]);
    // They interpolate on 3 mm between doses that we know in closed form: (3 mm)²/8 · |D″| is 0.23 Gy at most 6 mm inside
    // the plateau's edge. With a bin for where its edge counts, that is four bins of 0.1 Gy.
    rows.forEach((row, bin) => {
      expect(Number(row[column]), row[0]).toBeGreaterThanOrEqual(ours(bin + 4) - 1e-5);
      expect(Number(row[column]), row[0]).toBeLessThanOrEqual(ours(bin - 4) + 1e-5);
    });
  });
});
