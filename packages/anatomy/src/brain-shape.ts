import { type DirectionMap, tabulateDirections } from './direction-map.ts';

/** Highest degree of the expansion. */
const DEGREE = 16;

/**
 * The average adult brain as a star: distance, mm, from the middle of the brain to its surface (ventricles, cerebellum
 * and brain stem down to the foramen magnum included) in each direction of the head, as real spherical harmonics of
 * degree 0 … 16, order 0 … degree in each row. Only the terms that are even in left-right are there, so the shape is
 * its own mirror image.
 *
 * These are averages measured over the brain masks of 30 heads of the IXI collection (every second head of the set
 * that the tests use; the other half was kept for judging), each brought to the common frame by shift, rotation and
 * one scale per axis. Their radii differ from the average by 1.5 mm (median over directions of the standard
 * deviation), by up to 7 mm over the orbits.
 */
const COEFFICIENTS_MM = [
  239.79,
  4.94, -4.75,
  -16.58, 18.45, 9.21,
  0.54, -14.24, 5.12, 1.80,
  1.42, 3.17, -5.18, 5.30, -1.98,
  -0.73, -0.34, -1.41, -2.87, 3.90, -0.73,
  0.84, 1.65, 3.98, -0.72, -6.07, 0.99, -0.92,
  -1.73, -1.24, -1.87, 2.57, 4.85, -0.91, -0.36, 0.67,
  1.02, -0.51, -0.92, -2.43, -2.99, 1.79, 0.30, -0.30, -0.35,
  -0.95, 0.99, -0.02, 1.58, -0.14, -1.34, -0.29, 0.72, -0.59, 1.03,
  0.34, 0.06, 0.28, -0.37, 0.62, 0.68, -0.13, 0.61, -0.19, -1.27, 0.29,
  -0.16, -0.55, -0.61, -0.07, -0.77, 0.06, -0.99, -0.19, 0.55, 1.18, -0.94, 0.53,
  -0.27, 0.31, 0.33, 0.23, 0.11, 0.04, 0.75, -0.27, -1.02, -0.56, 0.42, -0.60, -0.11,
  0.14, -0.11, -0.71, -0.53, -0.30, -0.40, -0.62, 1.15, 0.38, 0.44, -0.58, 0.50, -0.43, 0.28,
  -0.45, 0.32, 0.24, 0.47, -0.02, 0.24, -0.42, -0.90, -0.31, -0.36, 0.39, -0.19, 0.05, -0.29, -0.36,
  0.05, -0.64, -0.25, -0.26, -0.20, 0.18, 0.28, 0.42, -0.25, 0.24, -0.80, 0.34, -0.32, 0.32, 0.02, -0.03,
  0.19, 0.53, -0.12, 0.15, -0.17, -0.38, -0.25, -0.02, 0.06, -0.07, 0.38, -0.41, 0.16, -0.18, -0.21, 0.04, -0.36,
]; // prettier-ignore

let averageRadius: DirectionMap | undefined;

/**
 * Radius of the average brain, mm, by direction in the head frame: x left, y posterior, z superior (the sign of x does
 * not matter).
 */
export function averageBrainRadius(): DirectionMap {
  averageRadius ??= tabulateAverage();
  return averageRadius;
}

function tabulateAverage(): DirectionMap {
  const cosines = new Float64Array(DEGREE + 1);
  const scaled = new Float64Array(COEFFICIENTS_MM.length);
  let scaledFor = NaN;
  return tabulateDirections((x, y, z) => {
    // All directions of a circle of latitude come one after another.
    if (z !== scaledFor) {
      const legendre = normalisedLegendre(z);
      for (let l = 0, n = 0; l <= DEGREE; l++)
        for (let m = 0; m <= l; m++, n++) scaled[n] = COEFFICIENTS_MM[n] * legendre[n] * (m === 0 ? 1 : Math.SQRT2);
      scaledFor = z;
    }
    // Azimuth from anterior, so that even in left-right means cosine.
    const azimuth = Math.atan2(x, -y);
    for (let m = 0; m <= DEGREE; m++) cosines[m] = Math.cos(m * azimuth);
    let sum = 0;
    for (let l = 0, n = 0; l <= DEGREE; l++) for (let m = 0; m <= l; m++, n++) sum += scaled[n] * cosines[m];
    return sum;
  });
}

/**
 * Associated Legendre functions of z, scaled so that their harmonics are orthonormal, without the Condon-Shortley
 * sign; entry l(l+1)/2 + m. Recurrence in the degree, stable for all orders (Press et al., Numerical Recipes, 6.7).
 */
function normalisedLegendre(z: number): Float64Array {
  const out = new Float64Array(((DEGREE + 1) * (DEGREE + 2)) / 2);
  const sine = Math.sqrt(Math.max(0, 1 - z * z));
  let diagonal = Math.sqrt(1 / (4 * Math.PI));
  for (let m = 0; m <= DEGREE; m++) {
    if (m > 0) diagonal *= sine * Math.sqrt((2 * m + 1) / (2 * m));
    let before = 0;
    let value = diagonal;
    out[(m * (m + 1)) / 2 + m] = value;
    for (let l = m + 1; l <= DEGREE; l++) {
      const factor = Math.sqrt((4 * l * l - 1) / (l * l - m * m));
      const back = Math.sqrt(((l - 1) ** 2 - m * m) / (4 * (l - 1) ** 2 - 1));
      const next = factor * (z * value - (l - 1 > m ? back : 0) * before);
      before = value;
      value = next;
      out[(l * (l + 1)) / 2 + m] = value;
    }
  }
  return out;
}
