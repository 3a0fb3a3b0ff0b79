import { type FirstHitParams } from './first-hit.gen.ts';

// Twin of stored-field.wgsl.
const f = Math.fround;

/** What a launch gives to every ray. */
export interface Scene {
  readonly params: FirstHitParams;
  readonly isSkipping: boolean;
  readonly isInteger: boolean;
  readonly stored: ArrayLike<number>;
  readonly ni: number;
  readonly nj: number;
  readonly nk: number;
  readonly reach: Uint32Array;
  readonly bi: number;
  readonly bj: number;
  readonly threshold: number;
  /** Integer voxels below this interpolate to less than the threshold, whatever the rounding. */
  readonly thresholdInteger: number;
  readonly clipsF32: Float32Array;
  readonly clipsU32: Uint32Array;
  /** 0 where nothing is clipped. */
  readonly clipCount: number;
}

// The current ray (origin, step) and point, voxels. Calls with numbers as arguments that are not whole would put each of
// them on the heap.
export const ray = new Float64Array(6);
export const point = new Float64Array(3);
/** Of the last interpolation: the value, and by how much `interpolateFast` may be off. */
export const sample = new Float64Array(2);

/** Relative to the largest magnitude: three levels of interpolation in f32 round by less than 16·2⁻²⁴ of it. */
export const SLACK = 2 ** -19;

/** What rounding can do to the interpolation of integers of 16 bits. */
export const INTEGER_SLACK = 65_536 * SLACK;

/**
 * Sets `point` to origin + step·t of the ray that starts at `at`. As in the shader each operation is rounded to f32, for
 * which doubles are exact enough.
 */
export function movePoint(rays: Float64Array, at: number, t: number): void {
  point[0] = f(rays[at] + f(rays[at + 3] * t));
  point[1] = f(rays[at + 1] + f(rays[at + 4] * t));
  point[2] = f(rays[at + 2] + f(rays[at + 5] * t));
}

/** Is `point` where the field has ended? */
export function isOutside({ ni, nj, nk }: Scene): boolean {
  const x = point[0];
  const y = point[1];
  const z = point[2];
  return x < -0.5 || y < -0.5 || z < -0.5 || x > ni - 0.5 || y > nj - 0.5 || z > nk - 0.5;
}

/** Interpolated stored value at `point`, into `sample`. */
export function interpolate({ stored, ni, nj, nk }: Scene): void {
  let x = point[0];
  let y = point[1];
  let z = point[2];
  let lowX = x | 0;
  let lowY = y | 0;
  let lowZ = z | 0;
  let di = 1;
  let dj = ni;
  let dk = ni * nj;
  if (!(x >= 0 && y >= 0 && z >= 0 && x < ni - 1 && y < nj - 1 && z < nk - 1)) {
    x = Math.min(Math.max(x, 0), ni - 1);
    y = Math.min(Math.max(y, 0), nj - 1);
    z = Math.min(Math.max(z, 0), nk - 1);
    lowX = Math.min(x | 0, Math.max(ni, 2) - 2);
    lowY = Math.min(y | 0, Math.max(nj, 2) - 2);
    lowZ = Math.min(z | 0, Math.max(nk, 2) - 2);
    if (ni === 1) di = 0;
    if (nj === 1) dj = 0;
    if (nk === 1) dk = 0;
  }
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
export function interpolateFast({ stored, ni, nj, nk, isInteger }: Scene): boolean {
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
  if (isInteger) {
    sample[1] = INTEGER_SLACK;
    return true;
  }
  const low = Math.abs(v000) + Math.abs(v100) + Math.abs(v010) + Math.abs(v110);
  sample[1] = (low + Math.abs(v001) + Math.abs(v101) + Math.abs(v011) + Math.abs(v111)) * SLACK;
  return true;
}

/** Does the field reach the threshold at `point`? The fast value answers unless it is too close. */
export function reaches(scene: Scene): boolean {
  if (interpolateFast(scene)) {
    const excess = sample[0] - scene.threshold;
    if (excess > sample[1]) return true;
    if (excess < -sample[1]) return false;
  } else if (isOutside(scene)) return false;
  interpolate(scene);
  return sample[0] >= scene.threshold;
}
