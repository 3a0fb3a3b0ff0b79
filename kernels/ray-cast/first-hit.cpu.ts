import { type CpuKernel, storedView, VOXEL_FORMATS } from '@efface/compute';
import { dotRounded, inverseSqrtRounded, powerToOne } from '../shared/rounded.ts';
import { CAMERA_WORDS } from './camera.ts';
import { samplesBeforeBeam } from './first-hit-beam.cpu.ts';
import { clipAt, inwardAtClip, keepsInside } from './first-hit-clip.cpu.ts';
import {
  INTEGER_SLACK,
  interpolate,
  isOutside,
  moveTo,
  point,
  ray,
  reaches,
  sample,
  type Scene,
} from './first-hit-field.cpu.ts';
import { firstSolid } from './first-hit-march.cpu.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';

const f = Math.fround;

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
    const stepCount = camerasU32[at + STEP_COUNT];
    setRay(camerasF32, at, 8 * tileX + 3.5, 8 * tileY + 3.5);
    setBeam(camerasF32, at, stepCount);
    const nBegin = samplesBeforeBeam(scene, beam, stepCount);
    for (let y = 8 * tileY; y < yEnd; y++) {
      for (let x = 8 * tileX; x < xEnd; x++) {
        const to = 4 * (camerasU32[at + FIRST_PIXEL] + y * width + x);
        let n = -1;
        if (nBegin < stepCount) {
          setRay(camerasF32, at, x, y);
          n = firstSolid(scene, nBegin, stepCount);
        }
        if (n >= 0) finishHit(scene, camerasF32, at, x, y, n, dst, to);
        else dst[to] = dst[to + 1] = dst[to + 2] = dst[to + 3] = 0;
      }
    }
  }
}

/** Sets `ray` to that through a point of the picture. */
function setRay(cameras: Float32Array, camera: number, x: number, y: number): void {
  for (let d = 0; d < 3; d++) {
    ray[d] = linearInPixel(cameras, camera + ORIGIN + d, camera + ORIGIN_X + d, camera + ORIGIN_Y + d, x, y);
    ray[3 + d] = linearInPixel(cameras, camera + STEP + d, camera + STEP_X + d, camera + STEP_Y + d, x, y);
  }
}

/** How far the rays of a tile are from the one through its middle, voxels along i, j, k. */
const beam = new Float64Array(3);

/** Sets `beam`: what 3.5 pixels along x and y make is linear in the number of the sample, so largest at one end. */
function setBeam(cameras: Float32Array, camera: number, stepCount: number): void {
  for (let d = 0; d < 3; d++) {
    const originX = cameras[camera + ORIGIN_X + d];
    const originY = cameras[camera + ORIGIN_Y + d];
    const atBegin = Math.abs(originX) + Math.abs(originY);
    const atEnd =
      Math.abs(originX + stepCount * cameras[camera + STEP_X + d]) +
      Math.abs(originY + stepCount * cameras[camera + STEP_Y + d]);
    beam[d] = 3.5 * Math.max(atBegin, atEnd);
  }
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
  const stepL = linearInPixel(cameras, camera + STEP_LPS, camera + STEP_LPS_X, camera + STEP_LPS_Y, x, y);
  const stepP = linearInPixel(cameras, camera + STEP_LPS + 1, camera + STEP_LPS_X + 1, camera + STEP_LPS_Y + 1, x, y);
  const stepS = linearInPixel(cameras, camera + STEP_LPS + 2, camera + STEP_LPS_X + 2, camera + STEP_LPS_Y + 2, x, y);
  const squaredMm = dotRounded(stepL, stepP, stepS, stepL, stepP, stepS);
  const perMm = inverseSqrtRounded(squaredMm);
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
  const clip = scene.clipCount > 0 && !isEntry ? clipAt(scene) : -1;
  if (isEntry) inwardAtBorder(scene);
  let part = 1;
  if (!isEntry && clip < 0) {
    interpolate(scene);
    const value = sample[0];
    moveTo(before + 0.015625);
    interpolate(scene);
    part = quotient(f(scene.threshold - value), f(sample[0] - value));
  }
  const steps = f(before + part * 0.015625);
  // The normal of a clip shape is taken outside the shape, so that a box knows the face.
  moveTo(clip >= 0 && keepsInside(scene, clip) ? before : steps);
  if (clip >= 0) inwardAtClip(scene, clip, inward);
  else {
    if (!isEntry) inwardByDifferences(scene);
    inwardToLps(scene.params);
  }
  writeOutwardUnit(dst, to);
  dst[to + 3] = f(f(startSteps + steps) * stepMm);
}

/** Turns `inward` from index space to LPS. */
function inwardToLps({ gradientL, gradientP, gradientS }: FirstHitParams): void {
  const x = inward[0];
  const y = inward[1];
  const z = inward[2];
  inward[0] = dotRounded(gradientL[0], gradientL[1], gradientL[2], x, y, z);
  inward[1] = dotRounded(gradientP[0], gradientP[1], gradientP[2], x, y, z);
  inward[2] = dotRounded(gradientS[0], gradientS[1], gradientS[2], x, y, z);
}

const SHORTEST = 2 ** -60;

/** Sets `dst` to the unit vector against `inward`; leaves it where that is too short to tell its parts from underflow. */
function writeOutwardUnit(dst: Float32Array, to: number): void {
  const x = inward[0];
  const y = inward[1];
  const z = inward[2];
  const largest = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
  if (largest < SHORTEST) return;
  const toUnits = powerToOne(largest) * 2 ** 22;
  const a = (0 - Math.trunc(x * toUnits)) * 2 ** -22;
  const b = (0 - Math.trunc(y * toUnits)) * 2 ** -22;
  const c = (0 - Math.trunc(z * toUnits)) * 2 ** -22;
  const inverse = inverseSqrtRounded(dotRounded(a, b, c, a, b, c));
  dst[to] = a * inverse;
  dst[to + 1] = b * inverse;
  dst[to + 2] = c * inverse;
}

/** After six halvings of the step that ends at sample n: where it is not solid yet, a 64th of a step before it is. */
function lastBefore(scene: Scene, n: number): number {
  let before = n - 1;
  for (let width = 0.5; width >= 0.015625; width *= 0.5) {
    moveTo(before + width);
    if (!reaches(scene) || (scene.clipCount > 0 && clipAt(scene) >= 0)) before += width;
  }
  return before;
}

/** Into the surface: in index space, then in LPS. */
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

/** Beyond every integer voxel. */
const LARGE = 2 ** 20;

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
      thresholdInteger: Math.min(Math.max(Math.ceil(params.threshold - INTEGER_SLACK), -LARGE), LARGE),
      isInteger: constants['VOXEL_FORMAT'] !== VOXEL_FORMATS.f32,
      clipsF32: buffers.clips.f32,
      clipsU32: buffers.clips.u32,
      clipCount: constants['IS_CLIPPED'] === 1 ? params.clipCount : 0,
      isSkipping: constants['IS_SKIPPING'] === 1,
      params,
    };
    firstHitMain(scene, buffers.cameras.f32, buffers.cameras.u32, buffers.dst.f32, begin, end);
  },
};
