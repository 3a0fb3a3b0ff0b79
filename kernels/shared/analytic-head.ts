import { randomIntegers } from '@efface/compute/testing';
import { type Grid, type Vec3 } from '@efface/volume';

/** Height of the field of view of a head, mm. */
const FIELD_MM = 256;

/** Ellipsoids of a head around the origin, LPS mm: middle and half axes. Skull, jaw, nose, ears, neck. */
export const HEAD_ELLIPSOIDS: readonly (readonly [Vec3, Vec3])[] = [
  [[0, 8, 20], [74, 92, 96]],
  [[0, -28, -52], [52, 50, 46]],
  [[0, -90, -12], [13, 22, 20]],
  [[76, 12, 0], [8, 18, 28]],
  [[-76, 12, 0], [8, 18, 28]],
  [[0, 28, -90], [52, 56, 90]],
]; // prettier-ignore

/** Grid with the head's field of view in its middle, its voxels as high as they are wide where the size is a cube. */
export function headGrid(sizeIjk: Vec3): Grid {
  const [a, b, c] = sizeIjk.map((n) => FIELD_MM / n);
  return { sizeIjk, affineIjkToLps: [a, 0, 0, (a - FIELD_MM) / 2, 0, b, 0, (b - FIELD_MM) / 2, 0, 0, c, (c - FIELD_MM) / 2] }; // prettier-ignore
}

/** Where the CT of the head passes from air to tissue: on the ellipsoids, HU. */
export const HEAD_SURFACE_HU = -480;

/** CT of a head in HU: air at −1000, tissue at 40, 4 mm of blur between them, and noise of ±30. */
export function headStored(seed: number, { sizeIjk: [ni, nj, nk], affineIjkToLps: m }: Grid): Int16Array {
  const stored = randomIntegers(seed, new Int16Array(ni * nj * nk), -30, 30);
  const row = new Float32Array(ni);
  for (let k = 0, n = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++, n += ni) {
      row.fill(-100);
      for (const [[x, y, z], [rx, ry, rz]] of HEAD_ELLIPSOIDS) {
        const aside = ((m[5] * j + m[7] - y) / ry) ** 2 + ((m[10] * k + m[11] - z) / rz) ** 2;
        const thinnest = Math.min(rx, ry, rz);
        for (let i = 0; i < ni; i++) {
          const depthMm = (1 - Math.sqrt(aside + ((m[0] * i + m[3] - x) / rx) ** 2)) * thinnest;
          if (depthMm > row[i]) row[i] = depthMm;
        }
      }
      for (let i = 0; i < ni; i++)
        stored[n + i] += Math.round(HEAD_SURFACE_HU + 1040 * Math.min(0.5, Math.max(-0.5, row[i] / 4)));
    }
  }
  return stored;
}
