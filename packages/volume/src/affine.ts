import type { Vec3 } from './vec3.ts';

/**
 * Affine map of 3-D points: 12 numbers, three rows of four, row-major.
 * Row r gives output coordinate r = m[4r]·x + m[4r+1]·y + m[4r+2]·z + m[4r+3].
 */
export type Affine = readonly number[];

/** The map that changes nothing. */
export const IDENTITY: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

/** LPS to RAS and back (its own inverse): x and y change sign. */
export const LPS_TO_RAS: Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0];

/** Image of a point under the map, translation included. */
export function transformPoint(m: Affine, p: Vec3): Vec3 {
  return [
    m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3],
    m[4] * p[0] + m[5] * p[1] + m[6] * p[2] + m[7],
    m[8] * p[0] + m[9] * p[1] + m[10] * p[2] + m[11],
  ];
}

/** Image of a direction under the map: the linear part only. */
export function transformVector(m: Affine, v: Vec3): Vec3 {
  return [
    m[0] * v[0] + m[1] * v[1] + m[2] * v[2],
    m[4] * v[0] + m[5] * v[1] + m[6] * v[2],
    m[8] * v[0] + m[9] * v[1] + m[10] * v[2],
  ];
}

/** The map that applies `inner` first and `outer` second. */
export function compose(outer: Affine, inner: Affine): Affine {
  const out: number[] = [];
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 4; c++) {
      let sum = c === 3 ? outer[4 * r + 3] : 0;
      for (let t = 0; t < 3; t++) sum += outer[4 * r + t] * inner[4 * t + c];
      out.push(sum);
    }
  }
  return out;
}

/** Determinant of the linear part: signed volume scale. */
export function determinant(m: Affine): number {
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) + m[2] * (m[4] * m[9] - m[5] * m[8]);
}

/** The inverse map. Throws RangeError when the linear part is singular or not finite. */
export function invert(m: Affine): Affine {
  const det = determinant(m);
  if (!Number.isFinite(det) || det === 0) throw new RangeError('the affine cannot be inverted');
  const l = [
    (m[5] * m[10] - m[6] * m[9]) / det,
    (m[2] * m[9] - m[1] * m[10]) / det,
    (m[1] * m[6] - m[2] * m[5]) / det,
    (m[6] * m[8] - m[4] * m[10]) / det,
    (m[0] * m[10] - m[2] * m[8]) / det,
    (m[2] * m[4] - m[0] * m[6]) / det,
    (m[4] * m[9] - m[5] * m[8]) / det,
    (m[1] * m[8] - m[0] * m[9]) / det,
    (m[0] * m[5] - m[1] * m[4]) / det,
  ];
  const out: number[] = [];
  for (let r = 0; r < 3; r++) {
    out.push(l[3 * r], l[3 * r + 1], l[3 * r + 2]);
    out.push(-(l[3 * r] * m[3] + l[3 * r + 1] * m[7] + l[3 * r + 2] * m[11]));
  }
  return out;
}
