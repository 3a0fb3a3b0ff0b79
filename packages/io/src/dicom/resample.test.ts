import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMask, ijkToLps, shear } from '@efface/volume';
import { sharedPath } from '@efface/test-data';
import { emptyAlteration } from '../alter.ts';
import { openScan, openStudy } from '../open.ts';
import type { Scan } from '../scan.ts';
import { type SeriesRecipe, writeSeriesFiles } from '../testing/build-dicom.ts';
import { unpack } from '../testing/other-software.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const ALLOWED = { allowResample: true } as const;

/** A linear field in the patient, which linear interpolation must give back exactly: 7 x + 5 y + 3 z. */
const field = (x: number, y: number, z: number): number => 7 * x + 5 * y + 3 * z;

/** Slices at z = heights, shifted along y by half a row (1.5 mm) for each 4 mm of height. */
function tilted(heights: readonly number[], thickness = '4'): SeriesRecipe {
  const [columns, rows] = [6, 8];
  const shift = (z: number): number => (1.5 * z) / 4;
  return {
    columns,
    rows,
    nSlices: heights.length,
    position: (k) => [0, shift(heights[k]), heights[k]],
    elements: (k) => {
      const pixels: number[] = [];
      for (let j = 0; j < rows; j++)
        for (let i = 0; i < columns; i++) pixels.push(field(2 * i, 3 * j + shift(heights[k]), heights[k]));
      return [
        ['00180050', 'DS', thickness],
        ['00181120', 'DS', '20.6'],
        ['00201041', 'DS', String(heights[k])],
        ['7FE00010', 'OW', pixels.map(Math.round)],
      ];
    },
  };
}

async function open(name: string, recipe: SeriesRecipe): Promise<Scan> {
  writeSeriesFiles(join(temporary.path, name), recipe);
  return openScan(join(temporary.path, name), ALLOWED);
}

/** Largest error of voxels inside the slanted block, and how many there are. */
function errorInside({ volume }: Scan, top: number): { readonly worst: number; readonly inside: number } {
  const [ni, nj, nk] = volume.grid.sizeIjk;
  let worst = 0;
  let inside = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const [x, y, z] = ijkToLps(volume.grid, [i, j, k]);
        const stored = Number(volume.voxels[(k * nj + j) * ni + i]);
        // Both slices that a voxel is made of must reach it; the shift between them is at most 3 mm here.
        const low = (1.5 * z) / 4;
        if (y < low + 3 || y > low + 18 || z > top) continue;
        inside++;
        worst = Math.max(worst, Math.abs(stored - field(x, y, z)));
      }
  return { worst, inside };
}

describe('a tilted series', () => {
  it('is resampled to a rectangular grid when that is allowed', async () => {
    const scan = await open('even', tilted([0, 4, 8, 12, 16]));
    // The last slice lies 6 mm, two rows, further back.
    expect(scan.volume.grid).toEqual({ sizeIjk: [6, 10, 5], affineIjkToLps: [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0] });
    const { worst, inside } = errorInside(scan, 16);
    expect(inside).toBeGreaterThan(100);
    // Half a stored unit from rounding, twice: in the input and in the output.
    expect(worst).toBeLessThanOrEqual(1);
    expect(scan.warnings.map(({ code }) => code)).toEqual(['DICOM_RESAMPLED']);
  });

  it('with gaps that change gets even ones, the small', async () => {
    const scan = await open('uneven', tilted([0, 4, 8, 12, 18, 24], '6'));
    expect(scan.volume.grid.sizeIjk).toEqual([6, 11, 7]);
    const { worst, inside } = errorInside(scan, 24);
    expect(inside).toBeGreaterThan(100);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('has air where no slice reaches', async () => {
    const scan = await open('air', tilted([0, 4, 8, 12, 16]));
    // The first row of the top slice is two rows in front of it: −1000 HU is 24 with the intercept −1024.
    expect(Number(scan.volume.voxels[4 * 60])).toBe(24);
  });

  it('is not resampled where slices are missing', async () => {
    writeSeriesFiles(join(temporary.path, 'gap'), tilted([0, 4, 8, 16, 20]));
    const { entries } = await openStudy(join(temporary.path, 'gap'), ALLOWED);
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_MISSING_SLICES']);
  });

  it('is written as a rectangular series that says so', async () => {
    const scan = await open('written', tilted([0, 4, 8, 12, 16]));
    const output = join(temporary.path, 'written-out');
    const mask = createMask(scan.volume.grid.sizeIjk);
    const { files } = await scan.write(emptyAlteration(scan.frames, mask), output);
    const again = await openScan(output);
    expect(again.volume.grid).toEqual(scan.volume.grid);
    expect(again.volume.voxels).toEqual(scan.volume.voxels);
    const text = readFileSync(files[0]).toString('latin1');
    expect(text).toContain('gantry tilt resampled');
    expect(text).not.toContain('20.6');
  });

  it('names its sources when they are to be kept', async () => {
    writeSeriesFiles(join(temporary.path, 'sources'), tilted([0, 4, 8, 12, 16]));
    const scan = await openScan(join(temporary.path, 'sources'), { ...ALLOWED, keepSourceReferences: true });
    const mask = createMask(scan.volume.grid.sizeIjk);
    const { files } = await scan.write(emptyAlteration(scan.frames, mask), join(temporary.path, 'sources-out'));
    expect(readFileSync(files[1]).toString('latin1')).toContain('1.2.3.4.5.6.2');
  });

  const data = sharedPath('data/dicom/ct_ge_tilt.tar.xz');
  it.skipIf(data === undefined)(
    `is made of a real head CT${data === undefined ? ' (skipped: the shared DICOM data are not beside the checkout)' : ''}`,
    async () => {
      const scan = await openScan(unpack(data ?? '', temporary.path), ALLOWED);
      expect(shear(scan.volume.grid)).toBeLessThan(1e-12);
      expect(scan.volume.grid.sizeIjk[0]).toBe(512);
      expect(scan.warnings[0].message).toContain('18.5°');
    },
  );
});
