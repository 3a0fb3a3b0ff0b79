import { type Backend, type DeviceBuffer } from '@efface/compute';
import { forEachBackend, randomF32 } from '@efface/compute/testing';
import { type Affine, type Grid, type Vec3 } from '@efface/volume';
import { expect, it } from 'vitest';
import { localCorrelation, type LocalCorrelationRequest } from './local-correlation.ts';
import {
  affineFromParameters, blobs, centralDifferences, gradientError, maskOf, type NaivePair, naiveSamples, parametersOf,
} from './naive-metrics.ts'; // prettier-ignore

const FIXED_GRID: Grid = { sizeIjk: [14, 12, 10], affineIjkToLps: [1.6, 0.1, 0, -11, -0.1, 1.7, 0.2, -10, 0.05, -0.2, 2.3, -11] }; // prettier-ignore
const MOVING_GRID: Grid = { sizeIjk: [16, 15, 14], affineIjkToLps: [-1.7, 0, 0.1, 13, 0.1, 1.5, 0, -11, 0, 0.1, 1.8, -12] }; // prettier-ignore
const MAP: Affine = [1.03, 0.05, -0.02, 0.71, -0.04, 0.97, 0.03, -0.63, 0.01, -0.05, 1.02, 0.37];
const CENTRE: Vec3 = [3, -2, 4];
const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
const RANGES = { fixedRange: { low: -100, high: 620 }, movingRange: { low: -45, high: 535 } };
const PLAIN: NaivePair = {
  fixedGrid: FIXED_GRID,
  fixed: blobs(FIXED_GRID, [[500, [2, 1, 0], 7], [-250, [-6, 4, 3], 5], [300, [5, -7, -4], 6]]),
  movingGrid: MOVING_GRID,
  moving: blobs(MOVING_GRID, [[480, [1, 2, 1], 7.5], [-230, [-6, 5, 2], 5.5], [310, [6, -7, -5], 6]]),
}; // prettier-ignore
const DISPLACEMENT = Float32Array.from({ length: 3 * 14 * 12 * 10 }, (_, n) => 1.1 * Math.sin(0.37 * n));
const MASKED: NaivePair = {
  ...PLAIN,
  displacementMm: DISPLACEMENT,
  isFixedSet: (i, j, k) => (i * 7 + j * 3 + k) % 5 !== 0,
  isMovingSet: (i, j, k) => i + j + k > 9,
};

/** Mean squared local correlation in f64 by the definition: every window for itself. */
function naiveCorrelation(pair: NaivePair, affine: Affine, radius: number): number {
  const { fixed, moving, voxel } = naiveSamples(pair, affine);
  const [ni, nj] = pair.fixedGrid.sizeIjk;
  const place = (v: number): Vec3 => [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))];
  const at = new Map(voxel.map((v, n) => [v, n]));
  let sum = 0;
  for (const v of voxel) {
    const [i, j] = place(v);
    const f: number[] = [];
    const m: number[] = [];
    for (let dk = -radius; dk <= radius; dk++)
      for (let dj = -radius; dj <= radius; dj++)
        for (let di = -radius; di <= radius; di++) {
          if (i + di < 0 || i + di >= ni || j + dj < 0 || j + dj >= nj) continue;
          const n = at.get(v + (dk * nj + dj) * ni + di);
          if (n === undefined) continue;
          f.push(fixed[n]);
          m.push(moving[n]);
        }
    const mean = (values: number[]): number => values.reduce((s, x) => s + x, 0) / values.length;
    const [meanF, meanM] = [mean(f), mean(m)];
    const product = mean(f.map((x, n) => (x - meanF) * (m[n] - meanM)));
    const varianceF = mean(f.map((x) => (x - meanF) ** 2));
    const varianceM = mean(m.map((x) => (x - meanM) ** 2));
    if (varianceF > 1e-5 * 720 ** 2 && varianceM > 1e-5 * 580 ** 2) sum += product ** 2 / (varianceF * varianceM);
  }
  return sum / voxel.length;
}

async function correlated<T>(
  backend: Backend,
  pair: NaivePair,
  affine: Affine,
  work: (request: LocalCorrelationRequest) => Promise<T>,
): Promise<T> {
  const made: DeviceBuffer[] = [];
  const upload = (data: ArrayBufferView): DeviceBuffer => {
    made.push(backend.createBuffer('test', data.byteLength, data));
    return made[made.length - 1];
  };
  try {
    return await work({
      fixed: upload(Float32Array.from(pair.fixed)),
      fixedGrid: pair.fixedGrid,
      moving: upload(Float32Array.from(pair.moving)),
      movingGrid: pair.movingGrid,
      affineFixedLpsToMovingLps: affine,
      centreLps: CENTRE,
      radiusVoxels: 2,
      ...RANGES,
      ...(pair.displacementMm && { displacementMm: upload(Float32Array.from(pair.displacementMm)) }),
      ...(pair.isFixedSet && { fixedMask: upload(maskOf(pair.fixedGrid.sizeIjk, pair.isFixedSet)) }),
      ...(pair.isMovingSet && { movingMask: upload(maskOf(pair.movingGrid.sizeIjk, pair.isMovingSet)) }),
    });
  } finally {
    for (const buffer of made) backend.release(buffer);
  }
}

forEachBackend((_, backend) => {
  it.each([
    ['plain', PLAIN],
    ['displaced and masked', MASKED],
  ] as const)('value and affine gradient are those of f64 differences (%s)', async (_name, pair) => {
    const result = await correlated(backend(), pair, MAP, (r) => localCorrelation(backend(), r));
    expect(result.overlapVoxels).toBe(naiveSamples(pair, MAP).voxel.length);
    expect(Math.abs(result.value / naiveCorrelation(pair, MAP, 2) - 1)).toBeLessThan(1e-4);
    const differences = centralDifferences(
      (p) => naiveCorrelation(pair, affineFromParameters(p, CENTRE), 2),
      parametersOf(MAP, CENTRE),
      1e-4,
      20,
    );
    expect(gradientError(result.gradientAffine, differences)).toBeLessThan(5e-3);
    const alone = await correlated(backend(), pair, MAP, (r) =>
      localCorrelation(backend(), { ...r, hasGradient: false }),
    );
    expect(alone.value).toBe(result.value);
  });

  it('forces are derivatives by the displacement of a voxel, through all windows that hold it', async () => {
    const pair: NaivePair = { ...PLAIN, displacementMm: DISPLACEMENT };
    const field = await correlated(backend(), pair, MAP, async (r) => {
      const forces = backend().createBuffer('forces', 4 * DISPLACEMENT.length);
      await localCorrelation(backend(), { ...r, forces });
      const values = new Float32Array(await backend().read(forces));
      backend().release(forces);
      return values;
    });
    const { voxel } = naiveSamples(pair, MAP);
    const largest = field.reduce((most, f) => Math.max(most, Math.abs(f)), 0);
    const total = (n: number, by: number): number => {
      const displacementMm = Float64Array.from(DISPLACEMENT);
      displacementMm[n] += by;
      return naiveCorrelation({ ...pair, displacementMm }, MAP, 2) * voxel.length;
    };
    for (const index of [0.3, 0.7].map((f) => voxel[Math.floor(f * voxel.length)])) {
      for (let d = 0; d < 3; d++) {
        const expected = (total(3 * index + d, 1e-4) - total(3 * index + d, -1e-4)) / 2e-4;
        expect(Math.abs(field[3 * index + d] - expected) / largest).toBeLessThan(1e-3);
      }
    }
  });

  it('is 1 for any line of the same values, and what chance gives for noise', async () => {
    const grid: Grid = { sizeIjk: [24, 24, 24], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const noise = (seed: number): Float32Array => randomF32(seed, 24 ** 3, 0, 500);
    const pair: NaivePair = {
      fixedGrid: grid,
      fixed: noise(1),
      movingGrid: grid,
      moving: noise(1).map((v) => 510 - v),
    };
    const same = await correlated(backend(), pair, IDENTITY, (r) => localCorrelation(backend(), r));
    expect(same.overlapVoxels).toBe(24 ** 3);
    expect(Math.abs(same.value - 1)).toBeLessThan(1e-5);
    expect(same.gradientAffine.every((g) => Math.abs(g) < 1e-6)).toBe(true);
    // The squared correlation of n independent pairs is 1/(n − 1) on average: 125 inside, down to 27 at a corner.
    const chance = await correlated(backend(), { ...pair, moving: noise(2) }, IDENTITY, (r) => localCorrelation(backend(), r)); // prettier-ignore
    let mean = 0;
    const widths = Array.from({ length: 24 }, (_value, x) => Math.min(x, 2) + Math.min(23 - x, 2) + 1);
    for (const a of widths) for (const b of widths) for (const c of widths) mean += 1 / (a * b * c - 1) / 24 ** 3;
    expect(Math.abs(chance.value / mean - 1)).toBeLessThan(0.1);
  });

  it('counts flat windows as uncorrelated, and refuses what makes no sense', async () => {
    const flat = await correlated(backend(), { ...PLAIN, moving: Array.from(PLAIN.moving, () => 7) }, MAP, (r) =>
      localCorrelation(backend(), r),
    );
    expect(flat.value).toBe(0);
    const away: Affine = [1, 0, 0, 500, 0, 1, 0, 0, 0, 0, 1, 0];
    const none = await correlated(backend(), PLAIN, away, (r) => localCorrelation(backend(), r));
    expect(none).toEqual({ value: 0, gradientAffine: new Array<number>(12).fill(0), overlapVoxels: 0 });
    await expect(
      correlated(backend(), PLAIN, MAP, (r) => localCorrelation(backend(), { ...r, radiusVoxels: 1.5 })),
    ).rejects.toThrow(RangeError);
  });
});
