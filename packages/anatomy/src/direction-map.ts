import { type Icosphere, placeOnSphere } from './icosphere.ts';

/** Samples from pole to pole and around; 2° apart. */
const POLAR = 91;
const AROUND = 180;

/**
 * A function on the sphere, tabulated every 2° of polar angle (from +z) and azimuth (from +x towards +y), for fast
 * look-up in any direction.
 */
export interface DirectionMap {
  /** `values[p · AROUND + a]`. */
  readonly values: Float32Array;
}

/** Tabulates a function of the unit vector. */
export function tabulateDirections(value: (x: number, y: number, z: number) => number): DirectionMap {
  const values = new Float32Array(POLAR * AROUND);
  for (let p = 0; p < POLAR; p++) {
    const polar = (Math.PI * p) / (POLAR - 1);
    for (let a = 0; a < AROUND; a++) {
      const azimuth = (2 * Math.PI * a) / AROUND;
      values[p * AROUND + a] = value(
        Math.sin(polar) * Math.cos(azimuth),
        Math.sin(polar) * Math.sin(azimuth),
        Math.cos(polar),
      );
    }
  }
  return { values };
}

/** Where the table's directions lie on an icosphere; computed once per sphere. */
export interface SphereTabulation {
  readonly vertices: Uint32Array;
  readonly weights: Float32Array;
}

/** Prepares {@link tabulateVertices}. */
export function createSphereTabulation(sphere: Icosphere): SphereTabulation {
  const vertices = new Uint32Array(3 * POLAR * AROUND);
  const weights = new Float32Array(3 * POLAR * AROUND);
  let n = 0;
  tabulateDirections((x, y, z) => {
    const place = placeOnSphere(sphere, x, y, z);
    vertices.set(place.vertices, n);
    weights.set(place.weights, n);
    n += 3;
    return 0;
  });
  return { vertices, weights };
}

/** Table of a function given at the vertices of the sphere, linear inside each triangle. */
export function tabulateVertices(tabulation: SphereTabulation, perVertex: ArrayLike<number>): DirectionMap {
  const values = new Float32Array(POLAR * AROUND);
  const { vertices, weights } = tabulation;
  for (let n = 0; n < values.length; n++) {
    const b = 3 * n;
    values[n] =
      perVertex[vertices[b]] * weights[b] +
      perVertex[vertices[b + 1]] * weights[b + 1] +
      perVertex[vertices[b + 2]] * weights[b + 2];
  }
  return { values };
}

/** Value in the direction of (x, y, z), which need not be normalised; bilinear in the two angles. */
export function lookUpDirection(map: DirectionMap, x: number, y: number, z: number): number {
  const p = (Math.atan2(Math.sqrt(x * x + y * y), z) * (POLAR - 1)) / Math.PI;
  let a = (Math.atan2(y, x) * AROUND) / (2 * Math.PI);
  if (a < 0) a += AROUND;
  const p0 = Math.min(POLAR - 2, Math.floor(p));
  const a0 = Math.floor(a) % AROUND;
  const a1 = (a0 + 1) % AROUND;
  const fp = p - p0;
  const fa = a - Math.floor(a);
  const row = p0 * AROUND;
  const low = map.values[row + a0] * (1 - fa) + map.values[row + a1] * fa;
  const high = map.values[row + AROUND + a0] * (1 - fa) + map.values[row + AROUND + a1] * fa;
  return low * (1 - fp) + high * fp;
}
