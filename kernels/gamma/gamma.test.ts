import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { readNrrd } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { type Grid, type Vec3, type Volume } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cases } from './gamma.cases.ts';
import { GAMMA_NOT_JUDGED, type GammaCriteria, gammaIndex } from './gamma.ts';

checkKernels(cases);

function gridOf(sizeIjk: Vec3, [x, y, z]: Vec3, [i, j, k]: Vec3 = [0, 0, 0]): Grid {
  return { sizeIjk, affineIjkToLps: [x, 0, 0, i, 0, y, 0, j, 0, 0, z, k] };
}

interface Dose {
  readonly grid: Grid;
  readonly gy: Float32Array;
}

/** A dose with a value in a box, given as first and one past the last index along i, j, k, and 0 elsewhere. */
function box(grid: Grid, from: Vec3, to: Vec3, value: number, into?: Float32Array): Float32Array {
  const [ni, nj, nk] = grid.sizeIjk;
  const gy = into ?? new Float32Array(ni * nj * nk);
  for (let k = from[2]; k < to[2]; k++)
    for (let j = from[1]; j < to[1]; j++) gy.fill(value, (k * nj + j) * ni + from[0], (k * nj + j) * ni + to[0]);
  return gy;
}

function rates(gamma: Float32Array): { readonly judged: number; readonly passed: number } {
  const judged = gamma.filter((value) => value !== GAMMA_NOT_JUDGED);
  return { judged: judged.length, passed: judged.filter((value) => value <= 1).length };
}

const slicerRt = sharedPath('oracles/rtdose/slicerrt');
const pymedphys = sharedPath('oracles/rtdose/fixtures/pymedphys_gamma_regression.json');
const WHY = slicerRt === undefined ? ' (skipped: the shared oracles are not beside the checkout)' : '';

forEachBackend((_, backend) => {
  const run = async (reference: Dose, evaluated: Dose, criteria: GammaCriteria): Promise<Float32Array> => {
    const buffer = ({ gy }: Dose) => backend().createBuffer('dose', gy.byteLength, gy);
    const [a, b] = [buffer(reference), buffer(evaluated)];
    const dst = gammaIndex(backend(), {
      reference: a,
      referenceGrid: reference.grid,
      evaluated: b,
      evaluatedGrid: evaluated.grid,
      ...criteria,
    });
    const result = new Float32Array(await backend().read(dst), 0, reference.gy.length);
    for (const each of [a, b, dst]) backend().release(each);
    return result;
  };

  const CRITERIA: GammaCriteria = { distanceMm: 3, tolerance: { globalGy: 2 }, thresholdGy: 10, cap: 2 };

  it('of a dose with itself is 0 where it is judged', async () => {
    const grid = gridOf([5, 4, 3], [2, 2, 2]);
    const gy = Float32Array.from({ length: 60 }, (_v, n) => n);
    for (const stepsPerDistance of [undefined, 3]) {
      const steps = stepsPerDistance === undefined ? {} : { stepsPerDistance };
      const gamma = await run({ grid, gy }, { grid, gy }, { ...CRITERIA, ...steps });
      expect([...gamma]).toEqual([...gy].map((dose) => (dose < 10 ? GAMMA_NOT_JUDGED : 0)));
    }
  });

  it('is the difference over the tolerance in a dose without gradient, up to the cap', async () => {
    const grid = gridOf([4, 4, 4], [2, 2, 2]);
    const flat = (dose: number): Dose => ({ grid, gy: new Float32Array(64).fill(dose) });
    for (const [evaluated, global, local] of [
      [40, 0, 0],
      [41, 0.5, 0.5],
      [38, 1, 1],
      [43, 1.5, 1.5],
      [60, 2, 2],
    ]) {
      const twenty = await run(flat(40), flat(evaluated), CRITERIA);
      expect([...twenty].every((v) => Math.abs(v - global) < 1e-6)).toBe(true);
      const ofForty = await run(flat(40), flat(evaluated), { ...CRITERIA, tolerance: { localShare: 0.05 } });
      expect([...ofForty].every((v) => Math.abs(v - local) < 1e-6)).toBe(true);
    }
  });

  it('is the distance over the one to agreement where a step has moved', async () => {
    const grid = gridOf([20, 3, 3], [1, 5, 7]);
    const reference = { grid, gy: box(grid, [0, 0, 0], [10, 3, 3], 50, new Float32Array(180).fill(20)) };
    const evaluated = { grid, gy: box(grid, [0, 0, 0], [7, 3, 3], 50, new Float32Array(180).fill(20)) };
    const gamma = await run(reference, evaluated, CRITERIA);
    const row = [...gamma.subarray(0, 20)];
    [1, 2, 3].forEach((mm, n) => expect(row[7 + n]).toBeCloseTo(mm / 3, 6));
    expect([...row.slice(0, 7), ...row.slice(10)].every((v) => v === 0)).toBe(true);
  });

  it('takes an evaluated dose on another grid, and what it does not cover is no candidate', async () => {
    // A ramp of 1 Gy/mm along x is the same ramp on any grid; the evaluated one is 1 Gy higher and ends at x = 9.
    const ramp = (grid: Grid, gy: number): Dose => {
      const [ni, nj, nk] = grid.sizeIjk;
      const [step, , , origin] = grid.affineIjkToLps;
      return { grid, gy: Float32Array.from({ length: ni * nj * nk }, (_v, n) => 20 + gy + origin + step * (n % ni)) };
    };
    const reference = ramp(gridOf([31, 3, 3], [1, 2, 2]), 0);
    const evaluated = ramp(gridOf([20, 9, 9], [0.5, 1, 1], [-0.5, -2, -2]), 1);
    const criteria = { ...CRITERIA, tolerance: { globalGy: 1e3 } };
    const voxels = await run(reference, evaluated, criteria);
    // 1 Gy of 1000, at the voxel itself; from 10 on only the distance to the last voxel that is covered counts.
    expect(voxels[31 * 4 + 5]).toBeCloseTo(1e-3, 7);
    for (let i = 10; i < 15; i++) expect(voxels[31 * 4 + i]).toBeCloseTo((i - 9) / 3, 3);
    expect(voxels[31 * 4 + 15]).toBeCloseTo(2, 6);
    // Between the voxels the ramp agrees 1 mm away; against 1 Gy and 3 mm the least is 1/√(1 + 9) on a fine search.
    const fine = await run(reference, evaluated, { ...CRITERIA, tolerance: { globalGy: 1 }, stepsPerDistance: 30 });
    expect(fine[31 * 4 + 5]).toBeCloseTo(1 / Math.sqrt(10), 3);
  });

  it('refuses criteria that mean nothing', () => {
    const grid = gridOf([1, 1, 1], [1, 1, 1]);
    const dose = backend().createBuffer('dose', 4);
    const request = { ...CRITERIA, reference: dose, referenceGrid: grid, evaluated: dose, evaluatedGrid: grid };
    for (const wrong of [
      { distanceMm: 0 },
      { cap: -1 },
      { tolerance: { globalGy: 0 } },
      { tolerance: { localShare: NaN } },
      { thresholdGy: NaN },
      { stepsPerDistance: 0 },
      { cap: 1e4, stepsPerDistance: 10 },
    ])
      expect(() => gammaIndex(backend(), { ...request, ...wrong })).toThrow(RangeError);
    backend().release(dose);
  });

  describe.skipIf(pymedphys === undefined)(`pymedphys' regression values${WHY}`, () => {
    const CRITERIA_3_PERCENT = { distanceMm: 0.3, thresholdGy: 0, cap: 1e2, stepsPerDistance: 10 };

    it('in three dimensions, to one decimal', async () => {
      const grid = gridOf([10, 12, 14], [0.1, 0.1, 0.1]);
      const reference = { grid, gy: box(grid, [3, 4, 5], [8, 10, 12], 1.015) };
      const evaluated = { grid, gy: box(grid, [2, 2, 2], [8, 10, 12], 1) };
      const expected = box(grid, [2, 2, 2], [8, 10, 12], 0.4);
      box(grid, [3, 3, 3], [7, 9, 11], 0.7, expected);
      box(grid, [4, 4, 4], [6, 8, 10], 1, expected);
      box(grid, [3, 4, 5], [8, 10, 12], 0.5, expected);
      const tolerance = { globalGy: 0.03 * 1.015 };
      // A cap of 2 holds all of them and keeps the search short.
      const gamma = await run(reference, evaluated, { ...CRITERIA_3_PERCENT, cap: 2, tolerance });
      const decimal = (v: number) => Math.round(10 * v) / 10;
      expect([...gamma].map(decimal)).toEqual([...expected].map(decimal));
    });

    it('judges exactly what reaches the threshold', async () => {
      const line = (gy: readonly number[], first: number): Dose => ({
        grid: gridOf([gy.length, 1, 1], [1, 1, 1], [first, 0, 0]),
        gy: Float32Array.from(gy),
      });
      const reference = [0, 1, 1.9, 2, 2.1, 3, 4, 5, 10, 10];
      const { also } = JSON.parse(readFileSync(pymedphys ?? '', 'utf8')) as { also: { cutoff: string } };
      expect(also.cutoff).toContain(reference.join(','));
      const criteria = { distanceMm: 1, tolerance: { globalGy: 1 }, thresholdGy: 2, cap: 20, stepsPerDistance: 1 };
      const gamma = await run(line(reference, 0), line(new Array<number>(12).fill(10), -4), criteria);
      expect([...gamma].map((v) => v === GAMMA_NOT_JUDGED)).toEqual(reference.map((gy) => gy < 2));
    });
  });

  describe.skipIf(slicerRt === undefined)(`SlicerRT's baseline${WHY}`, () => {
    let volumes: readonly Volume[];
    beforeAll(async () => {
      const names = ['EclipseEnt_Dose', 'EclipseEnt_Dose_Day2', 'GammaVolume_EclipseEnt_Day1Day2_Baseline'];
      volumes = await Promise.all(names.map((name) => readNrrd(join(slicerRt ?? '', `${name}.nrrd`))));
    });

    it('has every voxel within 1e-6, and 80.895 % of 88 129 pass', async () => {
      const [reference, evaluated, baseline] = volumes.map(({ grid, voxels }) => ({
        grid,
        gy: voxels as Float32Array,
      }));
      const largest = reference.gy.reduce((most, gy) => Math.max(most, gy), 0);
      expect(largest).toBeCloseTo(62.6127, 4);
      const tolerance = { globalGy: 0.03 * largest };
      const gamma = await run(reference, evaluated, { distanceMm: 3, tolerance, thresholdGy: 0.1 * largest, cap: 2 });
      const { judged, passed } = rates(gamma);
      let worst = 0;
      // SlicerRT writes 0 where nothing is judged.
      gamma.forEach((value, n) => (worst = Math.max(worst, Math.abs(Math.max(0, value) - baseline.gy[n]))));
      expect(worst).toBeLessThanOrEqual(1e-6);
      expect([judged, passed]).toEqual([88_129, 71_292]);
      expect((100 * passed) / judged).toBeCloseTo(80.895, 3);
    });

    it('has as many voxels that pass by their own dose as plastimatch finds', async () => {
      const [reference, evaluated] = volumes.map(({ grid, voxels }) => ({ grid, gy: voxels as Float32Array }));
      const largest = reference.gy.reduce((most, gy) => Math.max(most, gy), 0);
      const criteria = { distanceMm: 3, tolerance: { localShare: 0.03 }, thresholdGy: 0.1 * largest, cap: 2 };
      // plastimatch 1.9.4, gamma --local-gamma --ref-only-threshold: 55.04 %.
      expect(rates(await run(reference, evaluated, criteria))).toEqual({ judged: 88_129, passed: 48_506 });
    });
  });
});
