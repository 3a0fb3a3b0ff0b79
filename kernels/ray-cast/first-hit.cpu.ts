import { type CpuKernel, storedView, VOXEL_FORMATS } from '@efface/compute';
import { CAMERA_WORDS } from './camera.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';

const f = Math.fround;

/** What a launch gives to every ray. */
interface Scene {
  readonly params: FirstHitParams;
  readonly isSkipping: boolean;
  readonly stored: ArrayLike<number>;
  readonly ni: number;
  readonly nj: number;
  readonly nk: number;
  readonly reach: Uint32Array;
  readonly bi: number;
  readonly bj: number;
  readonly threshold: number;
  /** What rounding can do to any voxel of an integer format; 0 for f32. */
  readonly integerSlack: number;
}

// The current ray and point. Calls with numbers as arguments that are not whole would put each of them on the heap.
const ray = new Float64Array(6);
const point = new Float64Array(3);
/** Of the last interpolation: the value, and by how much `interpolateFast` may be off. */
const sample = new Float64Array(2);

/** Relative to the largest magnitude: three levels of interpolation in f32 round by less than 16·2⁻²⁴ of it. */
const SLACK = 2 ** -19;

/** Sets `point` to origin + step·t. As in the shader each operation is rounded to f32, for which doubles are exact enough. */
function moveTo(t: number): void {
  point[0] = f(ray[0] + f(ray[3] * t));
  point[1] = f(ray[1] + f(ray[4] * t));
  point[2] = f(ray[2] + f(ray[5] * t));
}

function isOutside({ ni, nj, nk }: Scene): boolean {
  const x = point[0];
  const y = point[1];
  const z = point[2];
  return x < -0.5 || y < -0.5 || z < -0.5 || x > ni - 0.5 || y > nj - 0.5 || z > nk - 0.5;
}

/** Interpolated stored value at `point`. */
function interpolate({ stored, ni, nj, nk }: Scene): void {
  const x = Math.min(Math.max(point[0], 0), ni - 1);
  const y = Math.min(Math.max(point[1], 0), nj - 1);
  const z = Math.min(Math.max(point[2], 0), nk - 1);
  const lowX = Math.min(x | 0, Math.max(ni, 2) - 2);
  const lowY = Math.min(y | 0, Math.max(nj, 2) - 2);
  const lowZ = Math.min(z | 0, Math.max(nk, 2) - 2);
  const di = ni > 1 ? 1 : 0;
  const dj = nj > 1 ? ni : 0;
  const dk = nk > 1 ? ni * nj : 0;
  const wx = x - lowX;
  const wy = y - lowY;
  const wz = z - lowZ;
  const at = (lowZ * nj + lowY) * ni + lowX;
  const v000 = stored[at];
  const v010 = stored[at + dj];
  const v001 = stored[at + dk];
  const v011 = stored[at + dk + dj];
  const c00 = f(v000 + f(f(stored[at + di] - v000) * wx));
  const c10 = f(v010 + f(f(stored[at + dj + di] - v010) * wx));
  const c01 = f(v001 + f(f(stored[at + dk + di] - v001) * wx));
  const c11 = f(v011 + f(f(stored[at + dk + dj + di] - v011) * wx));
  const c0 = f(c00 + f(f(c10 - c00) * wy));
  const c1 = f(c01 + f(f(c11 - c01) * wy));
  sample[0] = f(c0 + f(f(c1 - c0) * wz));
}

/**
 * The same without rounding to f32, which takes most of the time, and a bound of the difference. False where `point`
 * is not between eight voxels.
 */
function interpolateFast({ stored, ni, nj, nk }: Scene): boolean {
  const x = point[0];
  const y = point[1];
  const z = point[2];
  if (!(x >= 0 && y >= 0 && z >= 0 && x < ni - 1 && y < nj - 1 && z < nk - 1)) return false;
  const lowX = x | 0;
  const lowY = y | 0;
  const lowZ = z | 0;
  const wx = x - lowX;
  const wy = y - lowY;
  const at = (lowZ * nj + lowY) * ni + lowX;
  const above = at + ni * nj;
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
  sample[0] = c0 + (c1 - c0) * (z - lowZ);
  const low = Math.abs(v000) + Math.abs(v100) + Math.abs(v010) + Math.abs(v110);
  sample[1] = (low + Math.abs(v001) + Math.abs(v101) + Math.abs(v011) + Math.abs(v111)) * SLACK;
  return true;
}

/** Does the field reach the threshold at `point`? The fast value answers unless it is too close. */
function isSolid(scene: Scene): boolean {
  if (interpolateFast(scene)) {
    const excess = sample[0] - scene.threshold;
    if (excess > sample[1]) return true;
    if (excess < -sample[1]) return false;
  } else if (isOutside(scene)) return false;
  interpolate(scene);
  return sample[0] >= scene.threshold;
}

/**
 * How many of the samples n … n + count − 1 are surely not solid; stops where a closer look is needed. `moveTo` and
 * `interpolateFast` once more, in one loop: most of the time goes here.
 */
function samplesBelow({ stored, ni, nj, nk, threshold, integerSlack }: Scene, n: number, count: number): number {
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
    let slack = integerSlack;
    if (slack === 0) {
      slack = Math.abs(v000) + Math.abs(v100) + Math.abs(v010) + Math.abs(v110);
      slack = (slack + Math.abs(v001) + Math.abs(v101) + Math.abs(v011) + Math.abs(v111)) * SLACK;
    }
    if (c0 + (c1 - c0) * (z - lowZ) + slack >= threshold) return t - n;
  }
  return count;
}

function dot3(a0: number, a1: number, a2: number, b0: number, b1: number, b2: number): number {
  return f(f(f(a0 * b0) + f(a1 * b1)) + f(a2 * b2));
}

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** 1/√v for a normal v > 0, as `rounded_inverse_sqrt` of the shader. */
function inverseSqrt(v: number): number {
  const half = 0.5 * v;
  f32[0] = v;
  u32[0] = 0x5f3759df - (u32[0] >>> 1);
  let y = f32[0];
  for (let n = 0; n < 3; n++) y = f(y * f(1.5 - f(half * f(y * y))));
  return y;
}

/** num / den for 0 ≤ num ≤ den, to ten bits below; each operation is exact. */
function quotient(num: number, den: number): number {
  let rest = num;
  let bits = 0;
  for (let bit = 0.5; bit > 0.0005; bit *= 0.5) {
    rest += rest;
    if (rest >= den) {
      rest -= den;
      bits += bit;
    }
  }
  return bits;
}

/** base + perX·x + perY·y, one component of camera vectors that start at these words. */
function linearInPixel(cameras: Float32Array, base: number, perX: number, perY: number, x: number, y: number): number {
  return f(f(cameras[base] + f(cameras[perX] * x)) + f(cameras[perY] * y));
}

/** Offsets of the fields of a camera, in words. */
const [ORIGIN, WIDTH, ORIGIN_X, HEIGHT, ORIGIN_Y, FIRST_TILE] = [0, 3, 4, 7, 8, 11];
const [STEP, FIRST_PIXEL, STEP_X, START_STEPS, STEP_Y, STEP_COUNT] = [12, 15, 16, 19, 20, 23];
const [STEP_LPS, STEP_LPS_X, STEP_LPS_Y] = [24, 28, 32];

/** Pixels of tiles [begin, end). */
function firstHitMain(
  scene: Scene,
  camerasF32: Float32Array,
  camerasU32: Uint32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  let c = 0;
  for (let tile = begin; tile < end; tile++) {
    while (c + 1 < scene.params.cameraCount && tile >= camerasU32[(c + 1) * CAMERA_WORDS + FIRST_TILE]) c++;
    const at = c * CAMERA_WORDS;
    const width = camerasU32[at + WIDTH];
    const tilesPerRow = (width + 7) >>> 3;
    const tileY = Math.floor((tile - camerasU32[at + FIRST_TILE]) / tilesPerRow);
    const tileX = tile - camerasU32[at + FIRST_TILE] - tileY * tilesPerRow;
    const xEnd = Math.min(width, 8 * tileX + 8);
    const yEnd = Math.min(camerasU32[at + HEIGHT], 8 * tileY + 8);
    for (let y = 8 * tileY; y < yEnd; y++) {
      for (let x = 8 * tileX; x < xEnd; x++) {
        const to = 4 * (camerasU32[at + FIRST_PIXEL] + y * width + x);
        castRay(scene, camerasF32, at, camerasU32[at + STEP_COUNT], x, y, dst, to);
      }
    }
  }
}

function castRay(
  scene: Scene,
  cameras: Float32Array,
  camera: number,
  stepCount: number,
  x: number,
  y: number,
  dst: Float32Array,
  to: number,
): void {
  for (let d = 0; d < 3; d++) {
    ray[d] = linearInPixel(cameras, camera + ORIGIN + d, camera + ORIGIN_X + d, camera + ORIGIN_Y + d, x, y);
    ray[3 + d] = linearInPixel(cameras, camera + STEP + d, camera + STEP_X + d, camera + STEP_Y + d, x, y);
  }
  const n = firstSolid(scene, stepCount);
  if (n >= 0) finishHit(scene, cameras, camera, x, y, n, dst, to);
  else dst[to] = dst[to + 1] = dst[to + 2] = dst[to + 3] = 0;
}

/** Number of the first solid sample on the ray, −1 when there is none. */
function firstSolid(scene: Scene, stepCount: number): number {
  const { ni, nj, nk, reach, bi, bj, isSkipping } = scene;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const sx = ray[3];
  const sy = ray[4];
  const sz = ray[5];
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
  for (let n = Math.min(Math.max(enter - 1, 0), stepCount) | 0; n < nEnd; n++) {
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
      const exitX = (8 * bx + (sx > 0 ? cells - 0.015625 : 8.015625 - cells) - x) * perX;
      const exitY = (8 * by + (sy > 0 ? cells - 0.015625 : 8.015625 - cells) - y) * perY;
      const exitZ = (8 * bz + (sz > 0 ? cells - 0.015625 : 8.015625 - cells) - z) * perZ;
      const exitXY = exitX < exitY ? exitX : exitY;
      const exit = exitXY < exitZ ? exitXY : exitZ;
      // Samples that surely stay in these bricks, the one at n included.
      const count = exit > 0 ? (exit < 1000 ? exit | 0 : 1000) + 1 : 1;
      const below = around > 0 ? count : samplesBelow(scene, n, count);
      if (below > 0) {
        n += below - 1;
        continue;
      }
    }
    moveTo(n);
    if (isSolid(scene)) return n;
  }
  return -1;
}

/** Brick of a coordinate along an axis of `n` voxels. */
function brickAlong(p: number, n: number): number {
  const cell = p < 0 ? 0 : p | 0;
  return (cell < n - 2 ? cell : n > 1 ? n - 2 : 0) >> 3;
}

/** Root, normal and depth on the current ray, whose sample n is the first in solid. */
function finishHit(
  scene: Scene,
  cameras: Float32Array,
  camera: number,
  x: number,
  y: number,
  n: number,
  dst: Float32Array,
  to: number,
): void {
  const { gradientL, gradientP, gradientS } = scene.params;
  const stepL = linearInPixel(cameras, camera + STEP_LPS, camera + STEP_LPS_X, camera + STEP_LPS_Y, x, y);
  const stepP = linearInPixel(cameras, camera + STEP_LPS + 1, camera + STEP_LPS_X + 1, camera + STEP_LPS_Y + 1, x, y);
  const stepS = linearInPixel(cameras, camera + STEP_LPS + 2, camera + STEP_LPS_X + 2, camera + STEP_LPS_Y + 2, x, y);
  const squaredMm = dot3(stepL, stepP, stepS, stepL, stepP, stepS);
  const perMm = inverseSqrt(squaredMm);
  const stepMm = f(squaredMm * perMm);
  const startSteps = cameras[camera + START_STEPS];
  dst[to] = -f(stepL * perMm);
  dst[to + 1] = -f(stepP * perMm);
  dst[to + 2] = -f(stepS * perMm);
  dst[to + 3] = f(startSteps * stepMm);
  // The eye is in solid.
  if (n === 0) return;
  const before = lastBefore(scene, n);
  moveTo(before);
  const isEntry = isOutside(scene);
  if (isEntry) inwardAtBorder(scene);
  let part = 1;
  if (!isEntry) {
    interpolate(scene);
    const value = sample[0];
    moveTo(before + 0.015625);
    interpolate(scene);
    part = quotient(f(scene.threshold - value), f(sample[0] - value));
  }
  const steps = f(before + part * 0.015625);
  moveTo(steps);
  if (!isEntry) inwardByDifferences(scene);
  const [x0, y0, z0] = inward;
  const l = dot3(gradientL[0], gradientL[1], gradientL[2], x0, y0, z0);
  const p = dot3(gradientP[0], gradientP[1], gradientP[2], x0, y0, z0);
  const s = dot3(gradientS[0], gradientS[1], gradientS[2], x0, y0, z0);
  writeOutwardUnit(l, p, s, dst, to);
  dst[to + 3] = f(f(startSteps + steps) * stepMm);
}

const SHORTEST = 2 ** -60;

/** Sets `dst` to the unit vector against (x, y, z); leaves it where that is too short to tell its parts from underflow. */
function writeOutwardUnit(x: number, y: number, z: number, dst: Float32Array, to: number): void {
  const largest = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
  if (largest < SHORTEST) return;
  f32[0] = largest;
  u32[0] = 0x7f000000 - (u32[0] & 0x7f800000);
  const scaleBy = f32[0] * 2 ** 22;
  const a = Math.trunc(x * scaleBy) * 2 ** -22;
  const b = Math.trunc(y * scaleBy) * 2 ** -22;
  const c = Math.trunc(z * scaleBy) * 2 ** -22;
  const inverse = -inverseSqrt(dot3(a, b, c, a, b, c));
  dst[to] = a * inverse;
  dst[to + 1] = b * inverse;
  dst[to + 2] = c * inverse;
}

/** After six halvings of the step that ends at sample n: where it is not solid yet, a 64th of a step before it is. */
function lastBefore(scene: Scene, n: number): number {
  let before = n - 1;
  for (let width = 0.5; width >= 0.015625; width *= 0.5) {
    moveTo(before + width);
    if (!isSolid(scene)) before += width;
  }
  return before;
}

/** Direction in which the field grows, index space. */
const inward = new Float64Array(3);

/** At a `point` outside the voxels' extent: into it. */
function inwardAtBorder({ ni, nj, nk }: Scene): void {
  inward[0] = (point[0] < -0.5 ? 1 : 0) - (point[0] > ni - 0.5 ? 1 : 0);
  inward[1] = (point[1] < -0.5 ? 1 : 0) - (point[1] > nj - 0.5 ? 1 : 0);
  inward[2] = (point[2] < -0.5 ? 1 : 0) - (point[2] > nk - 0.5 ? 1 : 0);
}

/** At `point`: central differences. */
function inwardByDifferences(scene: Scene): void {
  const radius = scene.params.normalRadius;
  for (let d = 0; d < 3; d++) {
    const centre = point[d];
    point[d] = f(centre + radius);
    interpolate(scene);
    const value = sample[0];
    point[d] = f(centre - radius);
    interpolate(scene);
    point[d] = centre;
    inward[d] = f(value - sample[0]);
  }
}

/** Units are tiles of 8 × 8 pixels. */
export const firstHitCpu: CpuKernel<FirstHitParams, FirstHitBinding> = {
  units: ({ tileCount }) => tileCount,
  run: ({ params, constants, buffers, begin, end }) => {
    const [ni, nj, nk] = params.sizeIjk;
    const [bi, bj] = params.bricksIjk;
    const scene: Scene = {
      stored: storedView(buffers.volume0, constants['VOXEL_FORMAT']),
      ni,
      nj,
      nk,
      reach: buffers.reach.u32,
      bi,
      bj,
      threshold: params.threshold,
      integerSlack: constants['VOXEL_FORMAT'] === VOXEL_FORMATS.f32 ? 0 : 65_536 * SLACK,
      isSkipping: constants['IS_SKIPPING'] === 1,
      params,
    };
    firstHitMain(scene, buffers.cameras.f32, buffers.cameras.u32, buffers.dst.f32, begin, end);
  },
};
