import { type Affine, transformPoint, type Vec3 } from '@efface/volume';

/** How far two maps bring points of a box around a centre apart, mm: the mean and the largest of 27. */
export function targetErrorMm(
  a: (pLps: Vec3) => Vec3,
  b: (pLps: Vec3) => Vec3,
  centreLps: Vec3,
  halfMm = 70,
): { readonly meanMm: number; readonly maxMm: number } {
  let maxMm = 0;
  let sum = 0;
  const shifts = [-halfMm, 0, halfMm];
  for (const x of shifts) {
    for (const y of shifts) {
      for (const z of shifts) {
        const p: Vec3 = [centreLps[0] + x, centreLps[1] + y, centreLps[2] + z];
        const [u, v] = [a(p), b(p)];
        const error = Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
        maxMm = Math.max(maxMm, error);
        sum += error;
      }
    }
  }
  return { meanMm: sum / 27, maxMm };
}

/** An affine as a function of points. */
export function asFunction(affine: Affine): (pLps: Vec3) => Vec3 {
  return (p) => transformPoint(affine, p);
}
