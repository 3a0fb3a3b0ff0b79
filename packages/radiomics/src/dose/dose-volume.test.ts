import { uniformRescale, type Volume } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { parseDoseMetric } from './dose-metrics.ts';
import { DoseVolume } from './dose-volume.ts';
import { nearestField, trilinearField } from './patient-field.ts';
import { type RegionSamples, sampleVoxels, volumeOfGroups } from './region-samples.ts';

/** Parts of two sizes: doses 1 … 10 Gy in parts of 2 mm³, 11 … 20 Gy in parts of 8 mm³; 100 mm³ in all. */
function samples(uncovered = 0): RegionSamples {
  const line = (from: number): Float32Array => Float32Array.from({ length: 10 }, (_, n) => ((7 * n) % 10) + from);
  const groups = [
    { sampleMm3: 2, values: [Float32Array.of(...line(1), ...new Array<number>(uncovered).fill(NaN))] },
    { sampleMm3: 8, values: [line(11)] },
  ];
  return { groups, volumeMm3: volumeOfGroups(groups) };
}

const metric = (name: string, of: DoseVolume): number | undefined => parseDoseMetric(name).of(of);

describe('a dose in a region', () => {
  const doseVolume = new DoseVolume(samples(), 0);

  it('has the extremes of its parts and their mean by volume', () => {
    // (2·55 + 8·155) / 100.
    expect(doseVolume).toMatchObject({ volumeMm3: 100, coveredMm3: 100, minGy: 1, maxGy: 20, meanGy: 13.5 });
  });

  it.each<[string, number | undefined]>([
    ['Dmin', 1],
    ['dMEAN', 13.5],
    ['Dmax', 20],
    // The hottest 8, 16 and 80 mm³, and what begins behind them.
    ['D8%', 20],
    ['D8.1%', 19],
    ['D16%', 19],
    ['D80%', 11],
    ['D82%', 10],
    ['D100%', 1],
    ['D0.03cc', 17],
    ['D0.1cc', 1],
    ['D0.11cc', undefined],
    ['V0Gy', 100],
    ['V11Gy', 80],
    ['V11.5Gy%', 72],
    ['V20Gycc', 0.008],
    ['V20.1Gy', 0],
  ])('%s is %s', (name, expected) => {
    const value = metric(name, doseVolume);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toBeCloseTo(expected, 12);
  });

  it('has curves that fall from all to nothing', () => {
    expect([...doseVolume.cumulativeMm3(5, 5)]).toEqual([100, 92, 82, 48, 8]);
    expect([...doseVolume.differentialMm3(5, 5)]).toEqual([8, 10, 34, 40, 8]);
  });

  it('is of what is covered; the rest is told', () => {
    const partly = new DoseVolume(samples(50), 0);
    expect(partly).toMatchObject({ volumeMm3: 200, coveredMm3: 100, minGy: 1, meanGy: 13.5 });
    expect(metric('D80%', partly)).toBe(11);
    expect(metric('V11Gy', partly)).toBeCloseTo(80, 12);
    const bare = new DoseVolume({ groups: [{ sampleMm3: 1, values: [Float32Array.of(NaN)] }], volumeMm3: 1 }, 0);
    expect(bare).toMatchObject({ volumeMm3: 1, coveredMm3: 0, minGy: undefined, meanGy: undefined });
    for (const name of ['Dmax', 'D50%', 'D0.1cc', 'V1Gy', 'V1Gycc']) expect(metric(name, bare)).toBeUndefined();
  });
});

it.each(['', 'D', 'D95', 'D0%', 'D101%', 'V20', 'V20%', 'V-1Gy', 'Dmedian', 'D1e3%'])('%j is no metric', (text) => {
  expect(() => parseDoseMetric(text)).toThrow(expect.objectContaining({ code: 'DOSE_METRIC_UNKNOWN', exit: 'usage' }));
});

describe('fields of a volume', () => {
  // 1 + 2i + 3j + 5k on an oblique grid: trilinear interpolation is exact.
  const affineIjkToLps = [2, 0.5, 0, 10, -0.5, 2, 0, -20, 0, 0, 3, 30];
  const value = (i: number, j: number, k: number): number => 1 + 2 * i + 3 * j + 5 * k;
  const volume: Volume = {
    grid: { sizeIjk: [4, 3, 2], affineIjkToLps },
    type: 'i16',
    voxels: Int16Array.from({ length: 24 }, (_, n) => 2 * value(n % 4, Math.floor(n / 4) % 3, Math.floor(n / 12))),
    rescale: uniformRescale(2, 0.5, 0),
    modality: 'OT',
    unit: 'Gy',
  };
  const at = (i: number, j: number, k: number): [number, number, number] => {
    const m = affineIjkToLps;
    return [
      m[0] * i + m[1] * j + m[2] * k + m[3],
      m[4] * i + m[5] * j + m[6] * k + m[7],
      m[8] * i + m[9] * j + m[10] * k + m[11],
    ];
  };

  it('are linear between centres, level in the half voxel around them, and nothing beyond', () => {
    const field = trilinearField(volume);
    expect(field(...at(1.25, 0.5, 0.75))).toBeCloseTo(value(1.25, 0.5, 0.75), 6);
    expect(field(...at(-0.4, 2.4, 1.4))).toBeCloseTo(value(0, 2, 1), 6);
    for (const [i, j, k] of [[-0.6, 0, 0], [3.6, 0, 0], [0, -0.6, 0], [0, 2.6, 0], [0, 0, 1.6]] as const)
      expect(field(...at(i, j, k))).toBeNaN(); // prettier-ignore
  });

  it('are those of the nearest voxel', () => {
    const field = nearestField(volume);
    expect(field(...at(1.25, 0.6, 0.75))).toBe(value(1, 1, 1));
    expect(field(...at(3.6, 0, 0))).toBeNaN();
  });

  it('are taken at the centres of the voxels of a label', () => {
    const bits = Uint32Array.from({ length: 24 }, (_, n) => (n % 5 === 0 ? 0b110 : 0b010));
    const { groups, volumeMm3 } = sampleVoxels(volume.grid, bits, 2, [trilinearField(volume), nearestField(volume)]);
    expect(volumeMm3).toBeCloseTo(5 * 12.75, 9);
    for (const values of groups[0].values) expect([...values].map((v) => Math.round(v))).toEqual([1, 6, 11, 12, 12]);
  });
});
