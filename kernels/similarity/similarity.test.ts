import { type Backend } from '@efface/compute';
import { checkKernels, forEachBackend, randomF32 } from '@efface/compute/testing';
import { type Affine, type Grid, type Vec3 } from '@efface/volume';
import { expect, it } from 'vitest';
import {
  affineFromParameters, blobs, centralDifferences, gradientError, maskOf, naiveMeanSquares, type NaivePair,
  type NaiveSamples,
  naiveSamples, parametersOf,
} from './naive-metrics.ts'; // prettier-ignore
import { mutualInformation } from './mutual-information.ts';
import { middleLps, type Similarity, type SimilarityRequest } from './sample-plan.ts';
import { cases } from './similarity.cases.ts';
import { meanSquares } from './similarity.ts';

checkKernels(cases);

/** Oblique, anisotropic grids of different sizes, and a map that is neither. */
const FIXED_GRID: Grid = {
  sizeIjk: [24, 21, 15],
  affineIjkToLps: [1.6, 0.1, 0, -17, -0.1, 1.7, 0.2, -16, 0.05, -0.2, 2.3, -15],
};
const MOVING_GRID: Grid = {
  sizeIjk: [26, 27, 22],
  affineIjkToLps: [-1.7, 0, 0.1, 22, 0.1, 1.5, 0, -20, 0, 0.1, 1.8, -19],
};
const MAP: Affine = [1.03, 0.05, -0.02, 0.71, -0.04, 0.97, 0.03, -0.63, 0.01, -0.05, 1.02, 0.37];
const CENTRE: Vec3 = [3, -2, 4];
const FIXED = blobs(FIXED_GRID, [[500, [2, 1, 0], 7], [-250, [-6, 4, 3], 5], [300, [5, -7, -4], 6]]); // prettier-ignore
const MOVING = blobs(MOVING_GRID, [[480, [1, 2, 1], 7.5], [-230, [-6, 5, 2], 5.5], [310, [6, -7, -5], 6]]); // prettier-ignore
const DISPLACEMENT = Float32Array.from({ length: 3 * FIXED.length }, (_, n) => 1.3 * Math.sin(0.37 * n));
const isFixedSet = (i: number, j: number, k: number): boolean => (i * 7 + j * 3 + k) % 5 !== 0;
const isMovingSet = (i: number, j: number, k: number): boolean => i + j + k > 12;

const PLAIN: NaivePair = { fixedGrid: FIXED_GRID, fixed: FIXED, movingGrid: MOVING_GRID, moving: MOVING };
const PAIRS: readonly (readonly [string, NaivePair])[] = [
  ['plain', PLAIN],
  ['displaced and masked', { ...PLAIN, displacementMm: DISPLACEMENT, isFixedSet }],
  ['on a lattice', { ...PLAIN, strideIjk: [2, 1, 3] }],
];

/** Runs `work` with the pair on the device. */
async function withPair<T>(
  backend: Backend,
  pair: NaivePair,
  affine: Affine,
  work: (request: SimilarityRequest) => Promise<T>,
): Promise<T> {
  const made = [] as ReturnType<Backend['createBuffer']>[];
  const upload = (data: ArrayBufferView): (typeof made)[number] => {
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
      ...(pair.strideIjk && { strideIjk: pair.strideIjk }),
      ...(pair.displacementMm && { displacementMm: upload(Float32Array.from(pair.displacementMm)) }),
      ...(pair.isFixedSet && { fixedMask: upload(maskOf(pair.fixedGrid.sizeIjk, pair.isFixedSet)) }),
      ...(pair.isMovingSet && { movingMask: upload(maskOf(pair.movingGrid.sizeIjk, pair.isMovingSet)) }),
    });
  } finally {
    for (const buffer of made) backend.release(buffer);
  }
}

/** The force field of a metric. */
async function forcesOf(
  backend: Backend,
  request: SimilarityRequest,
  metric: (backend: Backend, request: SimilarityRequest) => Promise<unknown>,
): Promise<Float32Array> {
  const [ni, nj, nk] = request.fixedGrid.sizeIjk;
  const forces = backend.createBuffer('forces', 12 * ni * nj * nk);
  await metric(backend, { ...request, forces });
  const field = new Float32Array(await backend.read(forces));
  backend.release(forces);
  return field;
}

/** All values lie within: clamped ones have no derivative that the definition knows. */
const RANGES = { fixedRange: { low: -100, high: 620 }, movingRange: { low: -45, high: 535 } };

/** Mutual information in f64 by the definition: no tables, no integers. */
function naiveInformation({ fixed, moving }: NaiveSamples, bins: number): number {
  const spline = (x: number): number => {
    const a = Math.abs(x);
    return a < 1 ? (4 - 6 * a * a + 3 * a ** 3) / 6 : a < 2 ? (2 - a) ** 3 / 6 : 0;
  };
  const joint = new Float64Array(bins * bins);
  for (let n = 0; n < fixed.length; n++) {
    const f = Math.floor(((fixed[n] + 100) / 720) * bins);
    const x = 1 + ((moving[n] + 45) / 580) * (bins - 3);
    for (let m = 0; m < bins; m++) joint[f * bins + m] += spline(x - m) / fixed.length;
  }
  let sum = 0;
  for (let b = 0; b < joint.length; b++) {
    if (joint[b] === 0) continue;
    let ofFixed = 0;
    let ofMoving = 0;
    for (let m = 0; m < bins; m++) {
      ofFixed += joint[Math.floor(b / bins) * bins + m];
      ofMoving += joint[m * bins + (b % bins)];
    }
    sum += joint[b] * Math.log(joint[b] / (ofFixed * ofMoving));
  }
  return sum;
}

forEachBackend((_, backend) => {
  it.each(PAIRS)('mutual information and its gradient are those of f64 differences (%s)', async (_name, pair) => {
    const information = (r: SimilarityRequest): Promise<Similarity> =>
      mutualInformation(backend(), { ...r, ...RANGES, binCount: 16 });
    const result = await withPair(backend(), pair, MAP, information);
    const samples = naiveSamples(pair, MAP);
    expect(result.overlapVoxels).toBe(samples.fixed.length);
    // The histogram knows moving values to 1/1024 bin and weights to 2⁻¹⁶.
    expect(Math.abs(result.value / naiveInformation(samples, 16) - 1)).toBeLessThan(1e-3);
    const differences = centralDifferences(
      (p) => naiveInformation(naiveSamples(pair, affineFromParameters(p, CENTRE)), 16),
      parametersOf(MAP, CENTRE),
      1e-4,
      20,
    );
    expect(gradientError(result.gradientAffine, differences)).toBeLessThan(5e-3);
  });

  it('mutual information does not mind which way values run, and is that of chance for noise', async () => {
    const information = (r: SimilarityRequest): Promise<Similarity> =>
      mutualInformation(backend(), { ...r, ...RANGES, binCount: 16 });
    const plain = await withPair(backend(), PLAIN, MAP, information);
    const turned = await withPair(backend(), { ...PLAIN, moving: MOVING.map((v) => 490 - v) }, MAP, information);
    // Windows of the moving values lie mirrored then; they are rounded to 1/1024 bin towards the lower end.
    expect(Math.abs(turned.value / plain.value - 1)).toBeLessThan(2e-3);
    const noise = { fixed: randomF32(1, FIXED.length, -100, 620), moving: randomF32(2, MOVING.length, -45, 535) };
    const chance = await withPair(backend(), { ...PLAIN, ...noise }, MAP, information);
    // The bias of a histogram of independent values is (bins − 1)²/2N (Miller and Madow); windows smooth some of it away.
    const bias = 15 ** 2 / (2 * chance.overlapVoxels);
    expect(chance.value).toBeGreaterThan(0);
    expect(chance.value).toBeLessThan(bias);
    expect(plain.value).toBeGreaterThan(20 * bias);
  });

  it('forces of mutual information are derivatives by the displacement of a voxel', async () => {
    const pair = { ...PLAIN, displacementMm: DISPLACEMENT };
    const field = await withPair(backend(), pair, MAP, (r) =>
      forcesOf(backend(), r, (b, request) => mutualInformation(b, { ...request, ...RANGES, binCount: 16 })),
    );
    const { voxel } = naiveSamples(pair, MAP);
    const largest = field.reduce((most, f) => Math.max(most, Math.abs(f)), 0);
    const total = (n: number, by: number): number => {
      const displacementMm = Float64Array.from(DISPLACEMENT);
      displacementMm[n] += by;
      const samples = naiveSamples({ ...pair, displacementMm }, MAP);
      return naiveInformation(samples, 16) * samples.fixed.length;
    };
    for (const index of [0.3, 0.5, 0.7].map((f) => voxel[Math.floor(f * voxel.length)])) {
      for (let d = 0; d < 3; d++) {
        const expected = (total(3 * index + d, 1e-3) - total(3 * index + d, -1e-3)) / 2e-3;
        // Cut to 1/1024 bin the histogram lies half of that too low, next to windows some bins wide.
        expect(Math.abs(field[3 * index + d] - expected) / largest).toBeLessThan(5e-3);
      }
    }
  });

  it('mutual information is largest where the images lie on each other, and below the entropy of either', async () => {
    const pair: NaivePair = { ...PLAIN, movingGrid: FIXED_GRID, moving: FIXED };
    const at = async (mm: number): Promise<number> => {
      const map: Affine = [1, 0, 0, mm, 0, 1, 0, 0, 0, 0, 1, 0];
      const range = { low: -100, high: 620 };
      const result = await withPair(backend(), pair, map, (r) =>
        mutualInformation(backend(), { ...r, fixedRange: range, movingRange: range, hasGradient: false }),
      );
      return result.value;
    };
    const same = await at(0);
    const counts = new Float64Array(32);
    for (const v of FIXED) counts[Math.floor(((v + 100) / 720) * 32)]++;
    const entropy = counts.reduce((sum, n) => sum - (n === 0 ? 0 : (n / FIXED.length) * Math.log(n / FIXED.length)), 0);
    expect(same).toBeLessThan(entropy);
    // Cubic windows of moving values cannot tell neighbouring bins apart.
    expect(same).toBeGreaterThan(0.4 * entropy);
    for (const mm of [-2, -1, 1, 2]) expect(await at(mm)).toBeLessThan(same);
  });

  it('mutual information of a constant is 0, and none overlapping gives the penalty', async () => {
    const information = (r: SimilarityRequest): Promise<Similarity> =>
      mutualInformation(backend(), { ...r, ...RANGES });
    const constant = await withPair(backend(), { ...PLAIN, moving: MOVING.map(() => 7) }, MAP, information);
    expect(Math.abs(constant.value)).toBeLessThan(1e-12);
    const away: Affine = [1, 0, 0, 500, 0, 1, 0, 0, 0, 0, 1, 0];
    expect((await withPair(backend(), PLAIN, away, information)).value).toBe(0);
  });

  it.each(PAIRS)('mean squares and their gradient are those of f64 differences (%s)', async (_name, pair) => {
    const samples = naiveSamples(pair, MAP);
    const result = await withPair(backend(), pair, MAP, (request) => meanSquares(backend(), request));
    expect(result.overlapVoxels).toBe(samples.fixed.length);
    const expected = naiveMeanSquares(samples);
    // Positions are rounded to 2⁻²⁰ voxel, values to f32.
    expect(Math.abs(result.value / expected - 1)).toBeLessThan(1e-5);
    const differences = centralDifferences(
      (p) => naiveMeanSquares(naiveSamples(pair, affineFromParameters(p, CENTRE))),
      parametersOf(MAP, CENTRE),
      1e-4,
      20,
    );
    expect(gradientError(result.gradientAffine, differences)).toBeLessThan(2e-3);
    const value = await withPair(backend(), pair, MAP, (r) => meanSquares(backend(), { ...r, hasGradient: false }));
    expect(value.value).toBe(result.value);
    expect(value.gradientAffine.every((g) => Math.abs(g) === 0)).toBe(true);
  });

  it('leaves out what the masks leave out', async () => {
    const pair = { ...PLAIN, isFixedSet, isMovingSet };
    const samples = naiveSamples(pair, MAP);
    const result = await withPair(backend(), pair, MAP, (request) => meanSquares(backend(), request));
    expect(result.overlapVoxels).toBe(samples.fixed.length);
    expect(Math.abs(result.value / naiveMeanSquares(samples) - 1)).toBeLessThan(1e-5);
  });

  it('forces of mean squares are derivatives by the displacement of a voxel', async () => {
    const pair = { ...PLAIN, displacementMm: DISPLACEMENT };
    const field = await withPair(backend(), pair, MAP, (r) => forcesOf(backend(), r, meanSquares));
    const { voxel } = naiveSamples(pair, MAP);
    const largest = field.reduce((most, f) => Math.max(most, Math.abs(f)), 0);
    const total = (n: number, by: number): number => {
      const displacementMm = Float64Array.from(DISPLACEMENT);
      displacementMm[n] += by;
      const samples = naiveSamples({ ...pair, displacementMm }, MAP);
      return naiveMeanSquares(samples) * samples.fixed.length;
    };
    for (const index of [0.3, 0.5, 0.7].map((f) => voxel[Math.floor(f * voxel.length)])) {
      for (let d = 0; d < 3; d++) {
        const expected = (total(3 * index + d, 1e-4) - total(3 * index + d, -1e-4)) / 2e-4;
        expect(Math.abs(field[3 * index + d] - expected) / largest).toBeLessThan(2e-4);
      }
    }
    const counted = new Set(voxel);
    for (let n = 0; n < field.length; n++) if (!counted.has(Math.floor(n / 3))) expect(field[n]).toBe(0);
  });

  it('mean squares of two Gaussian blobs are 2 (πσ²)^(3/2) (1 − exp(−d²/4σ²)) a² per volume', async () => {
    const grid: Grid = { sizeIjk: [40, 40, 40], affineIjkToLps: [1, 0, 0, -20, 0, 1, 0, -20, 0, 0, 1, -20] };
    const [sigma, amplitude] = [3, 100];
    const pair: NaivePair = {
      fixedGrid: grid,
      fixed: blobs(grid, [[amplitude, [-1, 0, 0], sigma]]),
      movingGrid: grid,
      moving: blobs(grid, [[amplitude, [1, 2, -1], sigma]]),
    };
    const identity: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
    const { value, overlapVoxels } = await withPair(backend(), pair, identity, (r) => meanSquares(backend(), r));
    const d2 = 4 + 4 + 1;
    const integral = 2 * amplitude ** 2 * (Math.PI * sigma ** 2) ** 1.5 * (1 - Math.exp(-d2 / (4 * sigma ** 2)));
    expect(overlapVoxels).toBe(64_000);
    // The sum of a Gaussian over unit steps is its integral but for exp(−π²σ²); the tails outside are 1e-9.
    expect(Math.abs((value * 64_000) / integral - 1)).toBeLessThan(1e-5);
    const same = await withPair(backend(), { ...pair, moving: pair.fixed }, identity, (r) => meanSquares(backend(), r));
    // The last centre along each axis is reached as start + (end − start), which rounds.
    expect(same.value).toBeLessThan(1e-20);
    expect(same.gradientAffine.every((g) => Math.abs(g) < 1e-12)).toBe(true);
  });

  it('follows the gradient back to a known shift', async () => {
    const shift: Vec3 = [1.7, -1.1, 0.9];
    const fixed = blobs(FIXED_GRID, [[500, [2, 1, 0], 7]]);
    const moving = blobs(MOVING_GRID, [[500, [2 + shift[0], 1 + shift[1], shift[2]], 7]]);
    const t: [number, number, number] = [0, 0, 0];
    // For a blob much wider than the shift the sum of squares is a quadratic of curvature a² π^(3/2) σ per mm².
    const voxelMm3 = 1.6 * 1.7 * 2.3;
    const curvature = (500 ** 2 * Math.PI ** 1.5 * 7) / voxelMm3;
    for (let step = 0; step < 5; step++) {
      const affine: Affine = [1, 0, 0, t[0], 0, 1, 0, t[1], 0, 0, 1, t[2]];
      const { gradientAffine, overlapVoxels } = await withPair(backend(), { ...PLAIN, fixed, moving }, affine, (r) =>
        meanSquares(backend(), r),
      );
      for (let d = 0; d < 3; d++) t[d] -= (gradientAffine[3 + 4 * d] * overlapVoxels) / curvature;
    }
    for (let d = 0; d < 3; d++) expect(Math.abs(t[d] - shift[d])).toBeLessThan(0.1);
  });

  it('gives the penalty for too little overlap, and refuses what makes no sense', async () => {
    const away: Affine = [1, 0, 0, 500, 0, 1, 0, 0, 0, 0, 1, 0];
    const none = await withPair(backend(), PLAIN, away, (r) => meanSquares(backend(), r));
    expect(none).toEqual({ value: Infinity, gradientAffine: new Array<number>(12).fill(0), overlapVoxels: 0 });
    const few = await withPair(backend(), PLAIN, MAP, (r) => meanSquares(backend(), { ...r, minOverlapVoxels: 1e6 }));
    expect(few.value).toBe(Infinity);
    await expect(
      withPair(backend(), PLAIN, MAP, (r) => meanSquares(backend(), { ...r, strideIjk: [0, 1, 1] })),
    ).rejects.toThrow(RangeError);
    const flat: Affine = [1, 0, 0, 1e9, 0, 1, 0, 0, 0, 0, 1, 0];
    await expect(withPair(backend(), PLAIN, flat, (r) => meanSquares(backend(), r))).rejects.toThrow(RangeError);
    expect(middleLps(FIXED_GRID)[2]).toBeCloseTo(-15 + 0.05 * 11.5 - 0.2 * 10 + 2.3 * 7, 10);
  });
});
