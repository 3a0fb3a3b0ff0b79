import { brickAlong } from './first-hit-beam.cpu.ts';
import { clipAt, stepsClipped } from './first-hit-clip.cpu.ts';
import { INTEGER_SLACK, movePoint, ray, reaches, type Scene, SLACK } from './first-hit-field.cpu.ts';

const f = Math.fround;

/**
 * How many of the samples n … n + count − 1 are surely not solid; stops where a closer look is needed. `movePoint` and
 * `interpolateFast` once more, in one loop: most of the time goes here.
 */
function realsBelow({ stored, ni, nj, nk, threshold }: Scene, n: number, count: number): number {
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const sx = ray[3];
  const sy = ray[4];
  const sz = ray[5];
  const perSlice = ni * nj;
  for (let t = n; t < n + count; t++) {
    const x = f(ox + f(sx * t));
    const y = f(oy + f(sy * t));
    const z = f(oz + f(sz * t));
    if (!(x >= 0 && y >= 0 && z >= 0 && x < ni - 1 && y < nj - 1 && z < nk - 1)) return t - n;
    const lowX = x | 0;
    const lowY = y | 0;
    const lowZ = z | 0;
    const wx = x - lowX;
    const wy = y - lowY;
    const at = (lowZ * nj + lowY) * ni + lowX;
    const above = at + perSlice;
    const v000 = stored[at];
    const v100 = stored[at + 1];
    const v010 = stored[at + ni];
    const v110 = stored[at + ni + 1];
    const v001 = stored[above];
    const v101 = stored[above + 1];
    const v011 = stored[above + ni];
    const v111 = stored[above + ni + 1];
    const c00 = v000 + (v100 - v000) * wx;
    const c10 = v010 + (v110 - v010) * wx;
    const c01 = v001 + (v101 - v001) * wx;
    const c11 = v011 + (v111 - v011) * wx;
    const c0 = c00 + (c10 - c00) * wy;
    const c1 = c01 + (c11 - c01) * wy;
    const low = Math.abs(v000) + Math.abs(v100) + Math.abs(v010) + Math.abs(v110);
    const slack = (low + Math.abs(v001) + Math.abs(v101) + Math.abs(v011) + Math.abs(v111)) * SLACK;
    if (c0 + (c1 - c0) * (z - lowZ) + slack >= threshold) return t - n;
  }
  return count;
}

/** Binary places of positions in fixed point: 32 bits hold sizes up to MAX_FIXED. */
const PLACES = 16;
const MAX_FIXED = 2 ** (31 - PLACES);

/** How far the rounded positions of the current ray may be from the line in the volume, in fixed point. */
function roundingFixed({ ni, nj, nk }: Scene): number {
  // Half an ulp of step·t, which is less than |origin| + size, and of the sum.
  const reached = Math.abs(ray[0]) + Math.abs(ray[1]) + Math.abs(ray[2]) + 2 * (ni + nj + nk);
  return Math.ceil(Math.min(reached * 2 ** (PLACES - 24), MAX_FIXED));
}

/**
 * The same for integer voxels, which are asked first whether any of the eight reaches the threshold at all: a sign bit
 * that all differences have answers, and holds for the next samples in the same cell. Fixed point tells the cell, where
 * neither truncation nor `rounding`, that of the positions, can make it another one.
 */
function integersBelow(scene: Scene, n: number, count: number, rounding: number): number {
  const { stored, ni, nj, nk, threshold, thresholdInteger } = scene;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const sx = ray[3];
  const sy = ray[4];
  const sz = ray[5];
  const perSlice = Math.imul(ni, nj);
  const stepX = (sx * 2 ** PLACES) | 0;
  const stepY = (sy * 2 ** PLACES) | 0;
  const stepZ = (sz * 2 ** PLACES) | 0;
  const slack = (rounding + count + 1) | 0;
  // All of them less the slack.
  let fixedX = (((ox + sx * n) * 2 ** PLACES) | 0) - slack;
  let fixedY = (((oy + sy * n) * 2 ** PLACES) | 0) - slack;
  let fixedZ = (((oz + sz * n) * 2 ** PLACES) | 0) - slack;
  const endX = ((ni - 1) << PLACES) - 2 * slack;
  const endY = ((nj - 1) << PLACES) - 2 * slack;
  const endZ = ((nk - 1) << PLACES) - 2 * slack;
  const last = n + count;
  let below = -1;
  for (let t = n; t < last; t++) {
    if ((fixedX | fixedY | fixedZ | (endX - fixedX) | (endY - fixedY) | (endZ - fixedZ)) < 0) return t - n;
    let lowX = fixedX >> PLACES;
    let lowY = fixedY >> PLACES;
    let lowZ = fixedZ >> PLACES;
    const across = (fixedX ^ (fixedX + 2 * slack)) | (fixedY ^ (fixedY + 2 * slack)) | (fixedZ ^ (fixedZ + 2 * slack));
    fixedX = (fixedX + stepX) | 0;
    fixedY = (fixedY + stepY) | 0;
    fixedZ = (fixedZ + stepZ) | 0;
    if (across >> PLACES !== 0) {
      lowX = f(ox + f(sx * t)) | 0;
      lowY = f(oy + f(sy * t)) | 0;
      lowZ = f(oz + f(sz * t)) | 0;
    }
    const at = (Math.imul(Math.imul(lowZ, nj) + lowY, ni) + lowX) | 0;
    if (at === below) continue;
    const above = (at + perSlice) | 0;
    const v000 = stored[at];
    const v100 = stored[at + 1];
    const v010 = stored[at + ni];
    const v110 = stored[at + ni + 1];
    const v001 = stored[above];
    const v101 = stored[above + 1];
    const v011 = stored[above + ni];
    const v111 = stored[above + ni + 1];
    const low = (v000 - thresholdInteger) & (v100 - thresholdInteger) & (v010 - thresholdInteger) & (v110 - thresholdInteger); // prettier-ignore
    const high = (v001 - thresholdInteger) & (v101 - thresholdInteger) & (v011 - thresholdInteger) & (v111 - thresholdInteger); // prettier-ignore
    if ((low & high) < 0) {
      below = at;
      continue;
    }
    const wx = f(ox + f(sx * t)) - lowX;
    const wy = f(oy + f(sy * t)) - lowY;
    const c00 = v000 + (v100 - v000) * wx;
    const c10 = v010 + (v110 - v010) * wx;
    const c01 = v001 + (v101 - v001) * wx;
    const c11 = v011 + (v111 - v011) * wx;
    const c0 = c00 + (c10 - c00) * wy;
    const c1 = c01 + (c11 - c01) * wy;
    if (c0 + (c1 - c0) * (f(oz + f(sz * t)) - lowZ) + INTEGER_SLACK >= threshold) return t - n;
  }
  return count;
}

/** Number of the first solid sample on the ray from `nBegin` on, −1 when there is none. */
export function firstSolid(scene: Scene, nBegin: number, stepCount: number): number {
  const { ni, nj, nk, reach, bi, bj, isSkipping, isInteger, clipCount } = scene;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const sx = ray[3];
  const sy = ray[4];
  const sz = ray[5];
  const isFixed = isInteger && ni < MAX_FIXED && nj < MAX_FIXED && nk < MAX_FIXED;
  const rounding = roundingFixed(scene);
  // Samples that may lie in the voxels' extent; which do is decided at each one.
  const perX = 1 / (sx < 1e-12 && sx > -1e-12 ? 1e-12 : sx);
  const perY = 1 / (sy < 1e-12 && sy > -1e-12 ? 1e-12 : sy);
  const perZ = 1 / (sz < 1e-12 && sz > -1e-12 ? 1e-12 : sz);
  const lowX = (-0.515625 - ox) * perX;
  const lowY = (-0.515625 - oy) * perY;
  const lowZ = (-0.515625 - oz) * perZ;
  const highX = (ni - 0.484375 - ox) * perX;
  const highY = (nj - 0.484375 - oy) * perY;
  const highZ = (nk - 0.484375 - oz) * perZ;
  const enter = Math.max(Math.max(Math.min(lowX, highX), Math.min(lowY, highY)), Math.min(lowZ, highZ));
  const leave = Math.min(Math.min(Math.max(lowX, highX), Math.max(lowY, highY)), Math.max(lowZ, highZ));
  const nEnd = Math.min(Math.max(leave + 2, 0), stepCount) | 0;
  for (let n = Math.min(Math.max(enter - 1, nBegin), stepCount) | 0; n < nEnd; n++) {
    if (isSkipping) {
      const x = f(ox + f(sx * n));
      const y = f(oy + f(sy * n));
      const z = f(oz + f(sz * n));
      const bx = brickAlong(x, ni);
      const by = brickAlong(y, nj);
      const bz = brickAlong(z, nk);
      const around = reach[(bz * bj + by) * bi + bx];
      const cells = around === 0 ? 8 : 8 * around;
      // A 64th of a voxel stands for the rounding of positions.
      const exitX = (8 * bx + (perX > 0 ? cells - 0.015625 : 8.015625 - cells) - x) * perX;
      const exitY = (8 * by + (perY > 0 ? cells - 0.015625 : 8.015625 - cells) - y) * perY;
      const exitZ = (8 * bz + (perZ > 0 ? cells - 0.015625 : 8.015625 - cells) - z) * perZ;
      const exitXY = exitX < exitY ? exitX : exitY;
      const exit = exitXY < exitZ ? exitXY : exitZ;
      // Samples that surely stay in these bricks, the one at n included.
      const count = exit > 0 ? (exit < 1000 ? exit | 0 : 1000) + 1 : 1;
      let below = count;
      if (around === 0) below = isFixed ? integersBelow(scene, n, count, rounding) : realsBelow(scene, n, count);
      if (below > 0) {
        n += below - 1;
        continue;
      }
    }
    movePoint(ray, 0, n);
    if (!reaches(scene)) continue;
    const clip = clipCount > 0 ? clipAt(scene) : -1;
    if (clip < 0) return n;
    n += stepsClipped(scene, clip) - 1;
  }
  return -1;
}
