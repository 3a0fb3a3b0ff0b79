// What the tests of this family look at: analytic shapes, cameras, and the rays of a camera.
import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import {
  add, allocateVoxels, dot, type Grid, ijkToLps, length, normalize, scale, spacingMm, subtract, uniformRescale, type Vec3,
  type Volume,
} from '@efface/volume'; // prettier-ignore
import { type Camera, cameraRays } from './camera.ts';
import { rayCast, type RayCastRequest, readGBuffer, type SurfaceView } from './ray-cast.ts';

export type Shape = (pLps: Vec3) => number;

/** Columns rotated by yaw and pitch, scaled to the spacing; the grid's middle is at the origin. */
export function rotatedGrid(sizeIjk: Vec3, spacing: Vec3, yawRad: number, pitchRad: number): Grid {
  const [cy, sy, cp, sp] = [Math.cos(yawRad), Math.sin(yawRad), Math.cos(pitchRad), Math.sin(pitchRad)];
  const r = [cy, -sy, 0, cp * sy, cp * cy, -sp, sp * sy, sp * cy, cp];
  return centred(sizeIjk, r.map((v, n) => v * spacing[n % 3])); // prettier-ignore
}

export function centred(sizeIjk: Vec3, linear: readonly number[]): Grid {
  const affineIjkToLps = [0, 1, 2].flatMap((row) => {
    const [a, b, c] = linear.slice(3 * row, 3 * row + 3);
    return [a, b, c, -(a * (sizeIjk[0] - 1) + b * (sizeIjk[1] - 1) + c * (sizeIjk[2] - 1)) / 2];
  });
  return { sizeIjk, affineIjkToLps };
}

/** Volume with minus the signed distance of a shape, mm: solid where it is 0 or more. */
export function distanceVolume(grid: Grid, signedDistance: Shape): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let n = 0; n < voxels.length; n++)
    voxels[n] = -signedDistance(ijkToLps(grid, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]));
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'OT', unit: 'mm' };
}

export async function rendered(
  backend: Backend,
  volume: Volume,
  request: Omit<RayCastRequest, 'volume' | 'grid'>,
): Promise<SurfaceView[]> {
  const device = uploadVolume(backend, 'scene', volume);
  const gBuffer = rayCast(backend, { volume: device, grid: volume.grid, ...request });
  const views = await readGBuffer(backend, gBuffer);
  backend.release(gBuffer.buffer);
  releaseVolume(backend, device);
  return views;
}

export const perspective = (eyeLps: Vec3, targetLps: Vec3 = [0, 0, 0], size = 48): Camera => ({
  kind: 'perspective', eyeLps, targetLps, upLps: [0, 0.1, 1], fovDegrees: 25, widthPx: size + 5, heightPx: size,
}); // prettier-ignore

export const orthographic = (eyeLps: Vec3, heightMm: number): Camera => ({
  kind: 'orthographic', eyeLps, targetLps: [0, 0, 0], upLps: [0.2, 0, 1], heightMm, widthPx: 40, heightPx: 48,
}); // prettier-ignore

/** One pixel's ray in LPS. */
export interface Ray {
  readonly originLps: Vec3;
  readonly directionLps: Vec3;
}

export function* raysOf(camera: Camera): Generator<Ray & { readonly pixel: number }> {
  const { origin, direction } = cameraRays(camera);
  for (let y = 0; y < camera.heightPx; y++) {
    for (let x = 0; x < camera.widthPx; x++) {
      const at = ({ base, perX, perY }: typeof origin): Vec3 => add(base, add(scale(perX, x), scale(perY, y)));
      yield { originLps: at(origin), directionLps: normalize(at(direction)), pixel: y * camera.widthPx + x };
    }
  }
}

export const along = ({ originLps, directionLps }: Ray, mm: number): Vec3 => add(originLps, scale(directionLps, mm));
export const normalAt = ({ normalLps }: SurfaceView, pixel: number): Vec3 =>
  [...normalLps.slice(3 * pixel, 3 * pixel + 3)] as unknown as Vec3;
export const degreesBetween = (a: Vec3, b: Vec3): number =>
  (180 / Math.PI) * 2 * Math.asin(Math.min(1, length(subtract(a, b)) / 2));

export const sphere =
  (centre: Vec3, radiusMm: number): Shape =>
  (p) =>
    length(subtract(p, centre)) - radiusMm;
export const torus =
  (axis: Vec3, ringMm: number, tubeMm: number): Shape =>
  (p) => {
    const height = dot(p, axis);
    return Math.hypot(length(subtract(p, scale(axis, height))) - ringMm, height) - tubeMm;
  };

/** What limits the error of a picture of a distance field with principal curvatures up to `curvature` (1/mm). */
export function limits(grid: Grid, curvature: number): { readonly fieldMm: number; readonly normalDegrees: number } {
  const spacing = spacingMm(grid);
  const widest = Math.max(...spacing);
  const near = curvature / (1 - widest * curvature);
  return {
    // Linear interpolation over h of a function with second derivative ≤ κ errs by h²κ/8, for each axis in turn.
    fieldMm: (spacing.reduce((sum, h) => sum + h * h, 0) * near) / 8,
    // Third derivatives of a distance are ≤ 1.155 κ². Per component the central difference errs by h²/6 of it, the
    // interpolation at both ends together by h²/8 for each of three axes: 0.63 (hκ)², √3 times that for the vector.
    normalDegrees: (180 / Math.PI) * 1.1 * (widest * near) ** 2,
  };
}
