import { type Vec3 } from '@efface/volume';
import { mirrored } from '../shared/mirrored.ts';
import { SPLINE_POLE } from './spline.ts';

/**
 * Turns the samples of one line into the coefficients of the cubic spline through them, mirror boundary. The mirrored
 * line has period 2n − 2, so the sum that starts the recursion is finite and exact.
 */
function decompose(line: Float64Array): void {
  const n = line.length;
  const z = SPLINE_POLE;
  if (n === 1) return;
  let first = line[0] + z ** (n - 1) * line[n - 1];
  for (let i = 1; i < n - 1; i++) first += (z ** i + z ** (2 * n - 2 - i)) * line[i];
  line[0] = (6 * first) / (1 - z ** (2 * n - 2));
  for (let i = 1; i < n; i++) line[i] = 6 * line[i] + z * line[i - 1];
  line[n - 1] = (z / (z * z - 1)) * (line[n - 1] + z * line[n - 2]);
  for (let i = n - 2; i >= 0; i--) line[i] = z * (line[i + 1] - line[i]);
}

/**
 * Cubic B-spline through the voxels of a volume, in f64 on the host, mirrored at the outer voxel centres as ITK's is
 * (Unser, IEEE Signal Processing Magazine 16(6), 1999). For what f32 is too coarse for: values that are truncated to
 * integers afterwards, where the last bit decides.
 */
export class CubicSpline {
  readonly #sizeIjk: Vec3;
  readonly #coefficients: Float64Array;
  /** Weights and indices along i, j, k, four each. */
  readonly #weights = new Float64Array(12);
  readonly #indices = new Int32Array(12);

  /** `values`: one for each voxel, i fastest. */
  constructor(sizeIjk: Vec3, values: ArrayLike<number>) {
    this.#sizeIjk = sizeIjk;
    this.#coefficients = Float64Array.from(values);
    const strides = [1, sizeIjk[0], sizeIjk[0] * sizeIjk[1]];
    for (let axis = 0; axis < 3; axis++) {
      const line = new Float64Array(sizeIjk[axis]);
      const [u, v] = [0, 1, 2].filter((d) => d !== axis);
      for (let a = 0; a < sizeIjk[u]; a++)
        for (let b = 0; b < sizeIjk[v]; b++) {
          const base = a * strides[u] + b * strides[v];
          for (let n = 0; n < line.length; n++) line[n] = this.#coefficients[base + n * strides[axis]];
          decompose(line);
          for (let n = 0; n < line.length; n++) this.#coefficients[base + n * strides[axis]] = line[n];
        }
    }
  }

  /** Value at continuous voxel indices. */
  valueAt(i: number, j: number, k: number): number {
    const weights = this.#weights;
    const indices = this.#indices;
    this.#aim(0, i);
    this.#aim(1, j);
    this.#aim(2, k);
    const [ni, nj] = this.#sizeIjk;
    let sum = 0;
    for (let c = 8; c < 12; c++)
      for (let b = 4; b < 8; b++) {
        const base = (indices[c] * nj + indices[b]) * ni;
        for (let a = 0; a < 4; a++) sum += weights[a] * weights[b] * weights[c] * this.#coefficients[base + indices[a]];
      }
    return sum;
  }

  #aim(axis: 0 | 1 | 2, x: number): void {
    const below = Math.floor(x);
    const t = x - below;
    const u = 1 - t;
    this.#weights.set(
      [u ** 3 / 6, (3 * t ** 3 - 6 * t * t + 4) / 6, (3 * u ** 3 - 6 * u * u + 4) / 6, t ** 3 / 6],
      4 * axis,
    );
    for (let n = 0; n < 4; n++) this.#indices[4 * axis + n] = mirrored(below - 1 + n, this.#sizeIjk[axis]);
  }
}
