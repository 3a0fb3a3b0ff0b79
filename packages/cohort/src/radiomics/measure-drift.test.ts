import type { Backend } from '@efface/compute';
import { writeMaskNifti, writeNifti } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { STUDY_STRUCTURES, summariseDrift } from '@efface/radiomics';
import { createMask, type Grid, uniformRescale, type VoxelArray, type VoxelType } from '@efface/volume';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvOf } from '../tables.ts';
import { readDriftManifest } from './drift-cases.ts';
import { driftTable, studyMarkdown } from './drift-tables.ts';
import { type DriftCase, measureDrift } from './measure-drift.ts';

const GRID: Grid = { sizeIjk: [10, 4, 2], affineIjkToLps: [2, 0, 0, -10, 0, 2, 0, 20, 0, 0, 3, 7] };
const SETTINGS = { aliases: STUDY_STRUCTURES, expectUntouched: [], open: { modality: 'CT' as const } };
const { path: folder, remove } = temporaryFolder();
afterAll(remove);

async function write(name: string, voxels: VoxelArray, type: VoxelType = 'i16', grid = GRID): Promise<string> {
  const path = join(folder, name);
  const rescale = uniformRescale(grid.sizeIjk[2], 1, 0);
  await writeNifti(path, { grid, type, voxels, rescale, modality: 'CT', unit: 'HU' });
  return path;
}

let backend: Backend;
let item: DriftCase;
/** Voxels 0 to 3 are the left parotid, 40 to 49 the brain. */
const before = Int16Array.from({ length: 80 }, (_, n) => (n < 4 ? [10, 20, 30, 40][n] : n * n));
const after = before.slice().fill(-1000, 2, 6);

beforeAll(async () => {
  backend = await openBackend('cpu', { threads: 1 });
  const labels = new Uint8Array(80).fill(1, 0, 4).fill(2, 40, 50);
  item = {
    patient: 'A',
    original: await write('before.nii', before),
    defaced: await write('after.nii', after),
    structures: await write('organs.nii', labels, 'u8'),
  };
  const names = { encoding: 'values', names: { 1: 'Left Parotid', 2: 'Brain' } };
  writeFileSync(join(folder, 'organs.labels.json'), JSON.stringify(names));
});
afterAll(() => backend[Symbol.asyncDispose]());

async function alteredMask(name: string, ...voxels: number[]): Promise<string> {
  const mask = createMask(GRID.sizeIjk);
  for (const v of voxels) mask.words[Math.floor(v / 10)] |= 1 << (v % 10);
  const path = join(folder, name);
  await writeMaskNifti(path, GRID, mask);
  return path;
}

describe('drift', () => {
  it('is what was altered, under the names of the study', async () => {
    const { drifts, empty } = await measureDrift(backend, item, SETTINGS);
    expect(empty).toEqual([]);
    const [parotid, brain] = drifts;
    expect(parotid).toMatchObject({ structure: 'Parotid_L', voxelCount: 4, changedVoxelCount: 2, maxChange: 1040 });
    // 10, 20, 30, 40 became 10, 20, −1000, −1000.
    expect([parotid.original.mean, parotid.defaced.mean]).toEqual([25, -492.5]);
    expect([parotid.original.energy, parotid.defaced.energy]).toEqual([3000, 2000500]);
    expect([parotid.original.median, parotid.defaced.median]).toEqual([25, -495]);
    expect(brain).toMatchObject({ structure: 'Brain', changedVoxelCount: 0, maxChange: 0 });
    expect(brain.defaced).toEqual(brain.original);
    const summaries = summariseDrift(drifts);
    expect(summaries[0].structure).toBe('Brain');
    const energy = summaries.find(({ structure, key }) => structure === 'Parotid_L' && key === 'energy');
    expect(energy).toMatchObject({ overwritten: { untouched: 0, partly: 1, fully: 0 } });
    expect(energy?.studyPercent).toBeCloseTo((100 * (3000 - 2000500)) / 3000, 9);
    expect(energy?.medianLogRatio).toBeCloseTo(Math.log(2000500 / 3000), 12);
    expect(studyMarkdown(summaries).split('\n')[3]).toMatch(/^\| Parotid_L \| 1 \| [\d.-]+ % \| -66583\.33 % \|/);
    expect(csvOf(driftTable(drifts)).split('\n')).toHaveLength(2 + 2 * 19);
  });

  it('is the same where another writer stored other types', async () => {
    const floats = await write('floats.nii', Float32Array.from(after), 'f32');
    const stored = await measureDrift(backend, item, SETTINGS);
    expect(await measureDrift(backend, { ...item, defaced: floats }, SETTINGS)).toEqual(stored);
  });

  it('of structures outside of what was to be altered must be none', async () => {
    const altered = await alteredMask('altered.nii', 2, 3, 4, 5);
    await expect(measureDrift(backend, { ...item, altered }, SETTINGS)).resolves.toMatchObject({ empty: [] });
    const elsewhere = await alteredMask('elsewhere.nii', 60);
    await expect(measureDrift(backend, { ...item, altered: elsewhere }, SETTINGS)).rejects.toMatchObject({
      code: 'DRIFT_NOT_UNTOUCHED',
      exit: 'verificationFailed',
      message: expect.stringMatching(/structure 1 of .*organs\.nii must be untouched, but its voxel \(2, 0, 0\) is -1000 where .*before\.nii has 30/) as string,
    }); // prettier-ignore
    const expected = { ...SETTINGS, expectUntouched: ['Parotid_L'] };
    await expect(measureDrift(backend, item, expected)).rejects.toMatchObject({ code: 'DRIFT_NOT_UNTOUCHED' });
    await expect(measureDrift(backend, item, { ...SETTINGS, expectUntouched: ['Brain'] })).resolves.toBeDefined();
  });

  it('of images on other grids is refused, and so are labels on another one', async () => {
    const grid: Grid = { ...GRID, affineIjkToLps: [2, 0, 0, -10, 0, 2, 0, 20, 0, 0, 3, 8] };
    const moved = await write('moved.nii', after, 'i16', grid);
    await expect(measureDrift(backend, { ...item, defaced: moved }, SETTINGS)).rejects.toMatchObject({ code: 'DRIFT_OTHER_GRID' }); // prettier-ignore
    const structures = await write('moved-organs.nii', new Uint8Array(80).fill(1, 0, 9), 'u8', grid);
    await expect(measureDrift(backend, { ...item, structures }, SETTINGS)).rejects.toMatchObject({ code: 'DRIFT_LABELS_ELSEWHERE' }); // prettier-ignore
  });

  it('of values that are no numbers is refused', async () => {
    const defaced = await write('nan.nii', Float32Array.from(after).fill(NaN, 41, 42), 'f32');
    await expect(measureDrift(backend, { ...item, defaced }, SETTINGS)).rejects.toMatchObject({ code: 'DRIFT_NOT_FINITE' }); // prettier-ignore
  });
});

describe('a manifest of patients', () => {
  const manifest = (text: string): string => {
    const path = join(folder, 'patients.csv');
    writeFileSync(path, text);
    return path;
  };

  it('has paths relative to itself', async () => {
    const path = manifest('patient,original,defaced,structures,altered\nA,a.nii,b.nii,s,\nB,c.nii,d.nii,t,m.nii\n');
    await expect(readDriftManifest(path)).resolves.toEqual([
      { patient: 'A', original: join(folder, 'a.nii'), defaced: join(folder, 'b.nii'), structures: join(folder, 's') },
      {
        patient: 'B',
        original: join(folder, 'c.nii'),
        defaced: join(folder, 'd.nii'),
        structures: join(folder, 't'),
        altered: join(folder, 'm.nii'),
      },
    ]);
  });

  it.each([
    ['patient,original,defaced\nA,a,b\n', /line 2 has no structures/],
    ['patient,original,defaced,structures,method\nA,a,b,c,d\n', /column 5 is none that is known/],
    ['patient,original,defaced,structures\nA,a,b,c\nA,a,b,c\n', /line 3 names a patient for the second time/],
    ['patient,original,defaced,structures\n', /has no patient/],
  ])('%j is refused', async (text, message) => {
    await expect(readDriftManifest(manifest(text))).rejects.toThrow(message);
  });
});
