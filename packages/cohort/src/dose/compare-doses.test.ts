import type { Backend } from '@efface/compute';
import { openScan, OutputFolder, writeNifti } from '@efface/io';
import { type BuiltRegion, buildDose, buildStructureSet, type DoseRecipe, temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { parseDoseMetric } from '@efface/radiomics';
import { sharedPath } from '@efface/test-data';
import { uniformRescale } from '@efface/volume';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDoses, type DoseComparison, type DoseComparisonSettings } from './compare-doses.ts';
import { openDose } from './open-dose.ts';
import { writeDoseComparison } from './write-dose-comparison.ts';

const temporary = temporaryFolder();
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('cpu', { threads: 2 });
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  temporary.remove();
});

let count = 0;
function put(bytes: Uint8Array, name = `${count++}.dcm`): string {
  const path = join(temporary.path, name);
  writeFileSync(path, bytes);
  return path;
}

/** 20 × 20 × 10 voxels of 2 × 2 × 3 mm around the origin; 0.1 Gy more for each mm towards the head from 50 Gy. */
const RECIPE: DoseRecipe = {
  columns: 20,
  rows: 20,
  stored: Uint32Array.from({ length: 4000 }, (_, n) => 1000 * (500 + 3 * Math.floor(n / 400) - 13.5)),
  scaling: 1e-4,
  offsetsMm: Array.from({ length: 10 }, (_, k) => 3 * k),
  positionLps: [-19, -19, -13.5],
  spacingMm: [2, 2],
};

const SETTINGS: DoseComparisonSettings = {
  metrics: ['Dmean', 'D95%', 'D0.03cc', 'V50Gy', 'V50Gycc'].map(parseDoseMetric),
  gamma: { dosePercent: 3, distanceMm: 3, isLocal: false, thresholdPercent: 10, cap: 2 },
  binGy: 0.5,
};

/** A square of 10 mm on each of some planes. */
function box(number: number, name: string, positionsMm: readonly number[], centreX = 0): BuiltRegion {
  const x = [centreX - 5, centreX + 5];
  return {
    number,
    name,
    contours: positionsMm.map((z) => ({ points: [x[0], -5, z, x[1], -5, z, x[1], 5, z, x[0], 5, z] })),
  };
}

/** Slabs of 3 mm from −6 to 6 mm, in parts of 1 mm: half of the dose grid's finest spacing of 2 mm. */
const SLABS = [-4.5, -1.5, 1.5, 4.5];

const compare = async (a: string, b: string, structures?: string): Promise<DoseComparison> =>
  compareDoses(backend, await openDose(a), await openDose(b), structures, SETTINGS);

describe('two RT Doses', () => {
  it('differ in a drawn structure by what one has more, and pass where that is allowed', async () => {
    const a = put(buildDose(RECIPE));
    const b = put(buildDose({ ...RECIPE, scaling: 1.02e-4 }));
    const isocentre = { number: 3, name: 'Isocentre', contours: [{ type: 'POINT', points: [1, 2, 3] }] };
    const nothing: BuiltRegion[] = [{ number: 2, name: 'Never', contours: [] }, isocentre];
    const structures = put(buildStructureSet([box(1, 'Box', SLABS), ...nothing]));
    const { structures: found, empty, gamma, judgedUncovered } = await compare(a, b, structures);
    expect(empty.map(({ label }) => label)).toEqual([2, 3]);
    expect([judgedUncovered, gamma.passRate]).toEqual([0, { judged: 4000, passed: 4000 }]);
    expect(found).toHaveLength(1);
    const [own] = found;
    expect(own).toMatchObject({ name: 'Box', label: 1, drawn: { drawn: 4, leftOut: [] } });
    expect(own.volumeMm3).toBeCloseTo(1200, 9);
    expect(own.coveredMm3[1]).toBeCloseTo(1200, 9);
    const values = Object.fromEntries(own.metrics.map(({ metric, a: inA, b: inB }) => [metric.name, [inA, inB]]));
    const near = (name: string, inA: number, inB: number): void => {
      expect(values[name][0], name).toBeCloseTo(inA, 4);
      expect(values[name][1], name).toBeCloseTo(inB, 4);
    };
    near('Dmean', 50, 51);
    near('D95%', 49.45, 1.02 * 49.45);
    near('D0.03cc', 50.55, 1.02 * 50.55);
    near('V50Gycc', 0.6, 1.2);
    expect(own.gamma).toEqual({ judged: own.volumeMm3, passed: own.volumeMm3 });
    const [inA, inB] = own.curves;
    expect([inA[0], inA[98], inA[100], inA[102]].map((v) => Math.round(v))).toEqual([100, 100, 50, 0]);
    expect(inB.at(-1)).toBe(0);
  });

  it('fail where more is not allowed', async () => {
    const a = put(buildDose(RECIPE));
    const b = put(buildDose({ ...RECIPE, scaling: 1.1e-4 }));
    const { gamma } = await compare(a, b);
    expect(gamma.passRate).toEqual({ judged: 4000, passed: 0 });
  });

  it('say what they do not cover', async () => {
    const a = put(buildDose(RECIPE));
    const half = { stored: RECIPE.stored.slice(0, 2000), offsetsMm: RECIPE.offsetsMm.slice(0, 5) };
    const b = put(buildDose({ ...RECIPE, ...half }));
    const regions = [box(1, 'Half', SLABS), box(2, 'Above', [9, 12]), box(3, 'Away', [0, 3], 500)];
    const { structures, judgedUncovered } = await compare(a, b, put(buildStructureSet(regions)));
    expect(judgedUncovered).toBe(2000);
    const [partly, above, away] = structures;
    expect(partly.coveredMm3[0]).toBeCloseTo(1200, 6);
    expect(partly.coveredMm3[1]).toBeCloseTo(600, 6);
    expect(above.coveredMm3).toEqual([above.volumeMm3, 0]);
    expect(above.metrics.every(({ a: inA, b: inB }) => inA !== undefined && inB === undefined)).toBe(true);
    expect(away).toMatchObject({ coveredMm3: [0, 0], gamma: { judged: 0, passed: 0 } });
    expect(away.volumeMm3).toBeCloseTo(600, 6);
    expect(away.curves[0]).toHaveLength(0);
  });

  it('of other places or frames of reference are refused, and so are structures of another one', async () => {
    const a = put(buildDose(RECIPE));
    const apart = put(buildDose({ ...RECIPE, positionLps: [500, 0, 0] }));
    await expect(compare(a, apart)).rejects.toMatchObject({ code: 'DOSE_APART', exit: 'inputRefused' });
    const other = put(buildDose({ ...RECIPE, elements: [['00200052', 'UI', '1.9.9']] }));
    await expect(compare(a, other)).rejects.toMatchObject({ code: 'DOSE_OTHER_FRAME' });
    const foreign = put(buildStructureSet([{ ...box(1, 'Box', [0, 3]), frameOfReferenceUid: '1.9.9' }]));
    const found = compare(a, a, foreign);
    await expect(found).rejects.toMatchObject({ code: 'STRUCTURES_OTHER_FRAME' });
    await expect(found).rejects.not.toThrow('Box');
  });

  it('that are empty or no numbers are refused', async () => {
    const a = put(buildDose(RECIPE));
    const zero = put(buildDose({ ...RECIPE, stored: new Uint32Array(4000) }));
    await expect(compare(zero, a)).rejects.toMatchObject({ code: 'DOSE_EMPTY', exit: 'inputRefused' });
    const { volume } = await openDose(a);
    const holes = { ...volume, type: 'f32', voxels: new Float32Array(4000).fill(NaN) } as const;
    const path = join(temporary.path, 'nan.nii');
    await writeNifti(path, holes);
    await expect(compare(a, path)).rejects.toMatchObject({ code: 'DOSE_NOT_FINITE', exit: 'inputCorrupt' });
    await expect(compare(a, path)).rejects.toThrow(path);
  });
});

it('a search that would never end is refused', async () => {
  const dose = await openDose(put(buildDose(RECIPE)));
  const gamma = { ...SETTINGS.gamma, distanceMm: 90, stepsPerDistance: 50 };
  const compared = compareDoses(backend, dose, dose, undefined, { ...SETTINGS, gamma });
  await expect(compared).rejects.toMatchObject({ code: 'GAMMA_TOO_WIDE', exit: 'usage' });
  expect(backend.memory().aliveBytes).toBe(0);
});

describe('the dose at a path', () => {
  it('is that of a folder with one', async () => {
    const folder = join(temporary.path, 'plan');
    mkdirSync(folder);
    put(buildDose(RECIPE), 'plan/dose.dcm');
    put(buildStructureSet([box(1, 'Box', [0])]), 'plan/structures.dcm');
    expect(await openDose(folder)).toMatchObject({ path: join(folder, 'dose.dcm'), frameOfReferenceUid: '1.2.3.4.9' });
    put(buildDose(RECIPE), 'plan/boost.dcm');
    await expect(openDose(folder)).rejects.toMatchObject({ code: 'DOSE_SEVERAL', exit: 'inputRefused' });
  });

  it('must be one', async () => {
    const path = put(buildStructureSet([box(1, 'Box', [0])]));
    await expect(openDose(path)).rejects.toMatchObject({ code: 'DOSE_NONE', exit: 'inputNotFound' });
    await expect(openDose(join(temporary.path, 'absent'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});

it('a comparison is a folder of tables, curves and gamma', async () => {
  const a = put(buildDose(RECIPE));
  const structures = put(buildStructureSet([box(1, 'Box, "A"', SLABS)]));
  const comparison = await compare(a, a, structures);
  const place = join(temporary.path, 'compared');
  await using output = await OutputFolder.create(place, { marker: 'dose.json' });
  await writeDoseComparison(output, comparison, SETTINGS);
  await output.commit();
  expect(readdirSync(place).sort()).toEqual(['curves.csv', 'curves.svg', 'dose.json', 'gamma.nii.gz', 'metrics.csv', 'structures.csv']); // prettier-ignore
  const text = (name: string): string => readFileSync(join(place, name), 'utf8');
  expect(text('metrics.csv').split('\n')[0]).toBe('Structure,Metric,Unit,A,B,Difference');
  expect(text('metrics.csv').split('\n')[1]).toMatch(/^"Box, ""A""",Dmean,Gy,[\d.]+,[\d.]+,0$/);
  expect(text('structures.csv').split('\n')[1]).toMatch(/,0,0,1.2\d*,100$/);
  expect(text('curves.csv').split('\n')[1]).toBe('"Box, ""A""",0,100,100');
  expect(text('curves.svg')).toMatch(/^<svg/);
  expect(JSON.parse(text('dose.json'))).toMatchObject({ gamma: { voxelsJudged: 4000, passedPercent: 100 } });
  const { volume } = await openScan(join(place, 'gamma.nii.gz'), { modality: 'OT' });
  expect(volume.grid.sizeIjk).toEqual([20, 20, 10]);
  expect([...new Set(volume.voxels as Float32Array)]).toEqual([0]);
});

const patient = sharedPath('data/openkbp_ct_rt/pt_119');

describe.skipIf(patient === undefined)(
  `an OpenKBP plan${patient === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    /** By numpy: doses of a label sorted, the ceil(share·N)-th hottest, shares of those of 20 Gy and more. */
    const NUMPY = {
    Brainstem: { cc: 30.262805298282412, Dmean: 6.027409872343238, 'D95%': 0.012000000569969416, 'D2%': 29.338001393480226, D2cc: 25.627001217217185, V20Gy: 13.507625272331156, V50Gycc: 0 },
    RightParotid: { cc: 20.175203532188277, Dmean: 35.31455069695892, 'D95%': 5.3900002560112625, 'D2%': 58.80400279304013, D2cc: 57.77600274421275, V20Gy: 66.01307189542483, V50Gycc: 7.7140484093661055 },
    Mandible: { cc: 41.14159151661923, Dmean: 38.167706941073845, 'D95%': 8.79700041783508, 'D2%': 70.7810033619171, D2cc: 68.37500324763823, V20Gy: 83.01282051282051, V50Gycc: 9.29641731385146 },
    PTV70: { cc: 215.6636952738165, Dmean: 70.9912302138467, 'D95%': 67.92900322645437, 'D2%': 71.8380034121219, D2cc: 71.8390034121694, V20Gy: 100, V50Gycc: 215.6636952738165 },
  } as const; // prettier-ignore
    const NAMES = ['Brainstem', 'SpinalCord', 'RightParotid', 'LeftParotid', 'Esophagus', 'Larynx', 'Mandible', 'PTV56', 'PTV63', 'PTV70', 'Body']; // prettier-ignore

    it('has the metrics that numpy has on its labels, and 2 % more where it is scaled by that', async () => {
      const path = patient ?? '';
      copyFileSync(join(path, 'structures_bits.nii.gz'), join(temporary.path, 'organs.nii.gz'));
      const names = Object.fromEntries(NAMES.map((name, n) => [n, name]));
      writeFileSync(join(temporary.path, 'organs.labels.json'), JSON.stringify({ encoding: 'bits', names }));
      const a = await openDose(join(path, 'dose.nii.gz'));
      const scaled = uniformRescale(a.volume.grid.sizeIjk[2], 1.02 * a.volume.rescale.slopePerK[0], 0);
      const b = { ...a, volume: { ...a.volume, rescale: scaled } };
      const metrics = ['Dmean', 'D95%', 'D2%', 'D2cc', 'V20Gy', 'V50Gycc'].map(parseDoseMetric);
      const found = await compareDoses(backend, a, b, join(temporary.path, 'organs.nii.gz'), { ...SETTINGS, metrics });
      for (const [name, { cc, ...expected }] of Object.entries(NUMPY)) {
        const own = found.structures.find((structure) => structure.name === name);
        expect((own?.volumeMm3 ?? 0) / 1000 / cc).toBeCloseTo(1, 6);
        for (const { metric, a: inA, b: inB } of own?.metrics ?? []) {
          // Doses are f32.
          const value = expected[metric.name as keyof typeof expected];
          expect(Math.abs((inA ?? NaN) - value), `${name} ${metric.name}`).toBeLessThanOrEqual(
            1e-6 * Math.max(value, 1),
          );
          if (metric.unit === 'Gy') expect((inB ?? NaN) / value).toBeCloseTo(1.02, 5);
        }
      }
      // 2 % of any dose is less than 3 % of the largest.
      expect(found.gamma.passRate.passed).toBe(found.gamma.passRate.judged);
    });
  },
);
