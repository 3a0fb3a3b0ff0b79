import { ray, type Scene } from './first-hit-field.cpu.ts';

/** Cells along the edge of a brick, and voxels that stand for the rounding of positions. */
const BRICK_CELLS = 8;
const ROUNDING = 0.015625;

/**
 * Number of samples, at least `nBegin`, that are surely not solid on any ray within `beam` voxels (along i, j, k, at
 * every sample) of the current ray: all bricks that the beam touches are empty. What the rays of a tile have in common
 * is so walked once; the rays themselves decide the same without it.
 */
export function samplesBeforeBeam(
  { ni, nj, nk, reach, bi, bj, isSkipping }: Scene,
  beam: Float64Array,
  nBegin: number,
  stepCount: number,
): number {
  if (!isSkipping) return nBegin;
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
  let n = Math.min(Math.max(enter - 1, nBegin), stepCount) | 0;
  while (n < nEnd) {
    const x = ox + sx * n;
    const y = oy + sy * n;
    const z = oz + sz * n;
    const firstX = brickAlong(x - rx, ni);
    const firstY = brickAlong(y - ry, nj);
    const firstZ = brickAlong(z - rz, nk);
    const lastX = brickAlong(x + rx, ni);
    const lastY = brickAlong(y + ry, nj);
    const lastZ = brickAlong(z + rz, nk);
    let around = 1e9;
    for (let bz = firstZ; bz <= lastZ; bz++) {
      for (let by = firstY; by <= lastY; by++) {
        for (let bx = firstX; bx <= lastX; bx++) {
          const there = reach[(bz * bj + by) * bi + bx];
          if (there < around) around = there;
        }
      }
    }
    if (around === 0) return n;
    const stepsX = (perX > 0 ? facePast(lastX, around, ni) - rx - x : facePast(firstX, -around, ni) + rx - x) * perX;
    const stepsY = (perY > 0 ? facePast(lastY, around, nj) - ry - y : facePast(firstY, -around, nj) + ry - y) * perY;
    const stepsZ = (perZ > 0 ? facePast(lastZ, around, nk) - rz - z : facePast(firstZ, -around, nk) + rz - z) * perZ;
    const steps = Math.min(stepsX, Math.min(stepsY, stepsZ));
    n += (Math.min(Math.max(steps, 0), 1000) | 0) + 1;
  }
  return stepCount;
}

/** Where the bricks end that are empty in front (around > 0) or behind (around < 0) of one; nothing is past the last. */
function facePast(brick: number, around: number, n: number): number {
  if (around < 0) return brick + around + 1 <= 0 ? -1e9 : BRICK_CELLS * (brick + around + 1);
  return BRICK_CELLS * (brick + around) >= n - 1 ? 1e9 : BRICK_CELLS * (brick + around);
}

/** Brick of a coordinate along an axis of `n` voxels. */
export function brickAlong(p: number, n: number): number {
  const cell = p < 0 ? 0 : p | 0;
  return (cell < n - 2 ? cell : n > 1 ? n - 2 : 0) >> 3;
}
