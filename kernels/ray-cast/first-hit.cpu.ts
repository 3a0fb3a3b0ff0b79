import { type CpuKernel, storedView, VOXEL_FORMATS } from '@efface/compute';
import { CAMERA_WORDS } from './camera.ts';
import { samplesBeforeBeam } from './first-hit-beam.cpu.ts';
import { INTEGER_SLACK, ray, type Scene } from './first-hit-field.cpu.ts';
import { finishHits, hits, writeTowardsEye } from './first-hit-finish.cpu.ts';
import { firstSolid } from './first-hit-march.cpu.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';

const f = Math.fround;

/** base + perX·x + perY·y, one component of camera vectors that start at these words. */
function linearInPixel(cameras: Float32Array, base: number, perX: number, perY: number, x: number, y: number): number {
  return f(f(cameras[base] + f(cameras[perX] * x)) + f(cameras[perY] * y));
}

/** Offsets of the fields of a camera, in words. */
const [ORIGIN, WIDTH, ORIGIN_X, HEIGHT, ORIGIN_Y, FIRST_TILE] = [0, 3, 4, 7, 8, 11];
const [STEP, FIRST_PIXEL, STEP_X, START_STEPS, STEP_Y, STEP_COUNT] = [12, 15, 16, 19, 20, 23];
const [STEP_LPS, STEP_LPS_X, STEP_LPS_Y] = [24, 28, 32];

/** Pixels along the edge of a tile, and of the four parts that leave the way of the tile's beam. */
const TILE = 8;
const PART = 4;

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
    const tilesPerRow = (width + TILE - 1) >>> 3;
    const tileY = Math.floor((tile - camerasU32[at + FIRST_TILE]) / tilesPerRow);
    const tileX = tile - camerasU32[at + FIRST_TILE] - tileY * tilesPerRow;
    const xEnd = Math.min(width, TILE * tileX + TILE);
    const yEnd = Math.min(camerasU32[at + HEIGHT], TILE * tileY + TILE);
    const stepCount = camerasU32[at + STEP_COUNT];
    const startSteps = camerasF32[at + START_STEPS];
    setBeam(camerasF32, at, TILE * tileX, TILE * tileY, TILE, stepCount);
    const nOfTile = samplesBeforeBeam(scene, beam, 0, stepCount);
    let count = 0;
    for (let partY = TILE * tileY; partY < yEnd; partY += PART) {
      for (let partX = TILE * tileX; partX < xEnd; partX += PART) {
        setBeam(camerasF32, at, partX, partY, PART, stepCount);
        const nBegin = nOfTile < stepCount ? samplesBeforeBeam(scene, beam, nOfTile, stepCount) : stepCount;
        for (let y = partY; y < Math.min(yEnd, partY + PART); y++) {
          for (let x = partX; x < Math.min(xEnd, partX + PART); x++) {
            const to = 4 * (camerasU32[at + FIRST_PIXEL] + y * width + x);
            let n = -1;
            if (nBegin < stepCount) {
              setRay(camerasF32, at, x, y);
              n = firstSolid(scene, nBegin, stepCount);
            }
            if (n < 0) {
              dst[to] = dst[to + 1] = dst[to + 2] = dst[to + 3] = 0;
              continue;
            }
            setHit(camerasF32, at, x, y, count);
            hits.to[count] = to;
            hits.before[count] = n - 1;
            // At sample 0 the eye is in solid.
            if (n > 0) count++;
            else writeTowardsEye(hits.stepsLps, 3 * count, startSteps, dst, to);
          }
        }
      }
    }
    finishHits(scene, count, startSteps, dst);
  }
}

/** Sets `ray` to that through a point of the picture. */
function setRay(cameras: Float32Array, camera: number, x: number, y: number): void {
  for (let d = 0; d < 3; d++) {
    ray[d] = linearInPixel(cameras, camera + ORIGIN + d, camera + ORIGIN_X + d, camera + ORIGIN_Y + d, x, y);
    ray[3 + d] = linearInPixel(cameras, camera + STEP + d, camera + STEP_X + d, camera + STEP_Y + d, x, y);
  }
}

/** Sets the ray of a hit to the current one, which is that of pixel (x, y), and its step in LPS. */
function setHit(cameras: Float32Array, camera: number, x: number, y: number, hit: number): void {
  const { rays, stepsLps } = hits;
  for (let d = 0; d < 6; d++) rays[6 * hit + d] = ray[d];
  for (let d = 0; d < 3; d++)
    stepsLps[3 * hit + d] = linearInPixel(cameras, camera + STEP_LPS + d, camera + STEP_LPS_X + d, camera + STEP_LPS_Y + d, x, y); // prettier-ignore
}

/** How far the rays of a square of pixels are from the one through its middle, voxels along i, j, k. */
const beam = new Float64Array(3);

/**
 * Sets `ray` to the middle of size × size pixels from (x, y) on, and `beam`: what pixels along x and y make is linear
 * in the number of the sample, so largest at one end.
 */
function setBeam(cameras: Float32Array, camera: number, x: number, y: number, size: number, stepCount: number): void {
  const radius = (size - 1) / 2;
  setRay(cameras, camera, x + radius, y + radius);
  for (let d = 0; d < 3; d++) {
    const originX = cameras[camera + ORIGIN_X + d];
    const originY = cameras[camera + ORIGIN_Y + d];
    const atBegin = Math.abs(originX) + Math.abs(originY);
    const atEnd =
      Math.abs(originX + stepCount * cameras[camera + STEP_X + d]) +
      Math.abs(originY + stepCount * cameras[camera + STEP_Y + d]);
    beam[d] = radius * Math.max(atBegin, atEnd);
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
