import { type Warp } from '@efface/anatomy';
import {
  type Affine,
  allocateVoxels,
  type Grid,
  IDENTITY,
  ijkToLps,
  uniformRescale,
  type Vec3,
  type Volume,
  voxelCount,
} from '@efface/volume';

/** Numbers in [0, 1) from a seed: mixed steps of a Weyl sequence. */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mean of some numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Quantile of some numbers, the lower of two neighbours. */
export function quantileOf(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

const direction = (random: () => number): Vec3 => {
  const v = [random() - 0.5, random() - 0.5, random() - 0.5];
  const length = Math.hypot(...v);
  return v.map((x) => x / length) as unknown as Vec3;
};

/** A turn about the middle of a grid and a shift, any way. */
export function moveOf(grid: Grid, random: () => number, degrees: number, shiftMm: number): Affine {
  const [x, y, z] = direction(random);
  const shift = direction(random);
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const r = [
    c + x * x * (1 - c), x * y * (1 - c) - z * s, x * z * (1 - c) + y * s,
    y * x * (1 - c) + z * s, c + y * y * (1 - c), y * z * (1 - c) - x * s,
    z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c),
  ]; // prettier-ignore
  const middle = ijkToLps(grid, grid.sizeIjk.map((n) => (n - 1) / 2) as unknown as Vec3); // prettier-ignore
  return [0, 1, 2].flatMap((row) => {
    const line = r.slice(3 * row, 3 * row + 3);
    return [...line, middle[row] + shiftMm * shift[row] - line.reduce((sum, v, d) => sum + v * middle[d], 0)];
  });
}

/** A sum of three waves of 80 to 160 mm along each axis, `mostMm` at most, every 6 mm. */
export function pushOf(image: Grid, random: () => number, mostMm: number): Warp {
  const spacing = 6;
  const corner = ijkToLps(image, [0, 0, 0]);
  const far = ijkToLps(image, image.sizeIjk);
  const low = corner.map((v, d) => Math.min(v, far[d])) as unknown as Vec3;
  const sizeIjk = corner.map((v, d) => Math.ceil(Math.abs(far[d] - v) / spacing) + 1) as unknown as Vec3;
  const grid: Grid = { sizeIjk, affineIjkToLps: [spacing, 0, 0, low[0], 0, spacing, 0, low[1], 0, 0, spacing, low[2]] };
  const waves = Array.from({ length: 9 }, () => ({
    along: direction(random).map((v) => (v * 2 * Math.PI) / (80 + 80 * random())),
    phase: 2 * Math.PI * random(),
  }));
  const displacementMm = new Float32Array(3 * voxelCount(grid));
  for (let n = 0; n < displacementMm.length / 3; n++) {
    const p = ijkToLps(grid, [n % sizeIjk[0], Math.floor(n / sizeIjk[0]) % sizeIjk[1], Math.floor(n / (sizeIjk[0] * sizeIjk[1]))]); // prettier-ignore
    for (const [w, { along, phase }] of waves.entries()) {
      const at = along[0] * p[0] + along[1] * p[1] + along[2] * p[2] + phase;
      displacementMm[3 * n + (w % 3)] += (mostMm / 3 / Math.sqrt(3)) * Math.sin(at);
    }
  }
  return { movingOfFixed: IDENTITY, field: { grid, displacementMm } };
}

/** Real values with Gaussian noise of 2 % of their range from air to the bright end. */
export function noisy(volume: Volume, seed: number): Volume {
  const { slopePerK, interceptPerK } = volume.rescale;
  const voxels = allocateVoxels('f32', volume.voxels.length) as Float32Array;
  const slice = volume.grid.sizeIjk[0] * volume.grid.sizeIjk[1];
  for (let n = 0; n < voxels.length; n++) {
    const k = Math.floor(n / slice);
    voxels[n] = Number(volume.voxels[n]) * slopePerK[k] + interceptPerK[k];
  }
  const sorted = voxels.filter((_, n) => n % 101 === 0).sort();
  const sigma = 0.02 * (sorted[Math.floor(0.99 * sorted.length)] - sorted[0]);
  const random = randomOf(1000 + seed);
  for (let n = 0; n < voxels.length; n++)
    voxels[n] += sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { ...volume, type: 'f32', voxels, rescale: uniformRescale(volume.grid.sizeIjk[2], 1, 0) };
}

/** Mean Dice coefficient of the labels that are in either, and that of what has a label. */
export function diceOfLabels(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): readonly [number, number] {
  const [inA, inB, inBoth] = [new Float64Array(65536), new Float64Array(65536), new Float64Array(65536)];
  let [anyA, anyB, anyBoth] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    const [p, q] = [Number(a[n]), Number(b[n])];
    inA[p]++;
    inB[q]++;
    if (p === q) inBoth[p]++;
    if (p > 0) anyA++;
    if (q > 0) anyB++;
    if (p > 0 && q > 0) anyBoth++;
  }
  const dice: number[] = [];
  for (let label = 1; label < inA.length; label++) {
    if (inA[label] + inB[label] > 0) dice.push((2 * inBoth[label]) / (inA[label] + inB[label]));
  }
  return [mean(dice), (2 * anyBoth) / (anyA + anyB)];
}
