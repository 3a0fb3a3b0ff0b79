import { ray, type Scene } from './first-hit-field.cpu.ts';

/** Cells along the edge of a brick, and voxels that stand for the rounding of positions. */
const BRICK_CELLS = 8;
const ROUNDING = 0.015625;

/**
 * Number of samples from the first on that are surely not solid on any ray within `beam` voxels (along i, j, k, at every
 * sample) of the current ray: the bricks around it are empty as far as the whole beam goes. What the rays of a tile have
 * in common is so walked once; the rays themselves decide the same without it.
 */
export function samplesBeforeBeam(
  { ni, nj, nk, reach, bi, bj, isSkipping }: Scene,
  beam: Float64Array,
  stepCount: number,
): number {
  if (!isSkipping) return 0;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const sx = ray[3];
  const sy = ray[4];
  const sz = ray[5];
  const rx = beam[0] + ROUNDING;
  const ry = beam[1] + ROUNDING;
  const rz = beam[2] + ROUNDING;
  const perX = 1 / (sx < 1e-12 && sx > -1e-12 ? 1e-12 : sx);
  const perY = 1 / (sy < 1e-12 && sy > -1e-12 ? 1e-12 : sy);
  const perZ = 1 / (sz < 1e-12 && sz > -1e-12 ? 1e-12 : sz);
  const lowX = (-0.5 - rx - ox) * perX;
  const lowY = (-0.5 - ry - oy) * perY;
  const lowZ = (-0.5 - rz - oz) * perZ;
  const highX = (ni - 0.5 + rx - ox) * perX;
  const highY = (nj - 0.5 + ry - oy) * perY;
  const highZ = (nk - 0.5 + rz - oz) * perZ;
  const enter = Math.max(Math.max(Math.min(lowX, highX), Math.min(lowY, highY)), Math.min(lowZ, highZ));
  const leave = Math.min(Math.min(Math.max(lowX, highX), Math.max(lowY, highY)), Math.max(lowZ, highZ));
  if (enter - 1 > leave) return stepCount;
  const nEnd = Math.min(Math.max(leave + 2, 0), stepCount) | 0;
  let n = Math.min(Math.max(enter - 1, 0), stepCount) | 0;
  while (n < nEnd) {
    const x = ox + sx * n;
    const y = oy + sy * n;
    const z = oz + sz * n;
    const bx = brickAlong(x, ni);
    const by = brickAlong(y, nj);
    const bz = brickAlong(z, nk);
    const around = reach[(bz * bj + by) * bi + bx];
    if (around === 0) return n;
    const stepsX = stepsInside(x, perX, bx, around, ni, rx);
    const stepsY = stepsInside(y, perY, by, around, nj, ry);
    const stepsZ = stepsInside(z, perZ, bz, around, nk, rz);
    const steps = Math.min(stepsX, Math.min(stepsY, stepsZ));
    if (steps < 0) return n;
    n += (steps < 1000 ? steps | 0 : 1000) + 1;
  }
  return stepCount;
}

/** Steps for which a coordinate stays `radius` inside of the bricks around; below 0 where it is not there at all. */
function stepsInside(p: number, perStep: number, brick: number, around: number, n: number, radius: number): number {
  // Beyond the outer bricks there is nothing.
  const low = brick - around + 1 <= 0 ? -1e9 : BRICK_CELLS * (brick - around + 1) + radius;
  const high = BRICK_CELLS * (brick + around) >= n - 1 ? 1e9 : BRICK_CELLS * (brick + around) - radius;
  return p < low || p > high ? -1 : ((perStep > 0 ? high : low) - p) * perStep;
}

/** Brick of a coordinate along an axis of `n` voxels. */
export function brickAlong(p: number, n: number): number {
  const cell = p < 0 ? 0 : p | 0;
  return (cell < n - 2 ? cell : n > 1 ? n - 2 : 0) >> 3;
}
