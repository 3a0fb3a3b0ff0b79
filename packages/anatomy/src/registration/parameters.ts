import { type Affine, compose, type Vec3 } from '@efface/volume';
import { rotationMatrix } from '../pose.ts';

/** Length a turn, scale or shear is multiplied with, mm: one unit of any parameter moves the skin by about 1 mm. */
const HEAD_RADIUS_MM = 80;

/** Numbers of parameters there are. */
export type DegreesOfFreedom = 6 | 7 | 9 | 12;

/**
 * Affine maps around a start and a centre by parameters that are all of one size, mm at the skin: shift, rotation vector,
 * logarithms of scales, shears. x ↦ start(c + R·S·(x − c) + t), S upper triangular.
 */
export class AffineParameters {
  readonly count: DegreesOfFreedom;
  readonly #start: Affine;
  readonly #centre: Vec3;

  constructor(start: Affine, centreLps: Vec3, count: DegreesOfFreedom) {
    this.#start = start;
    this.#centre = centreLps;
    this.count = count;
  }

  /** The map of some parameters. */
  affine(p: ArrayLike<number>): Affine {
    const r = rotationMatrix([p[3] / HEAD_RADIUS_MM, p[4] / HEAD_RADIUS_MM, p[5] / HEAD_RADIUS_MM]);
    const extra = (n: number): number => (n < this.count ? p[n] / HEAD_RADIUS_MM : 0);
    const scales =
      this.count === 7 ? [extra(6), extra(6), extra(6)] : [extra(6), this.count > 7 ? extra(7) : 0, extra(8)];
    const [a, b, c] = scales.map(Math.exp);
    const [xy, xz, yz] = [extra(9), extra(10), extra(11)];
    // Rows of R times S = (a, xy, xz; 0, b, yz; 0, 0, c).
    const linear: number[] = [];
    for (let row = 0; row < 3; row++) {
      const [u, v, w] = [r[3 * row], r[3 * row + 1], r[3 * row + 2]];
      linear.push(u * a, u * xy + v * b, u * xz + v * yz + w * c);
    }
    const [x, y, z] = this.#centre;
    const inner: number[] = [];
    for (let row = 0; row < 3; row++) {
      const [u, v, w] = linear.slice(3 * row, 3 * row + 3);
      inner.push(u, v, w, this.#centre[row] + p[row] - (u * x + v * y + w * z));
    }
    return compose(this.#start, inner);
  }

  /**
   * Derivatives by the parameters from those by the map's 12 numbers around the centre (`Similarity.gradientAffine`).
   * The inner derivative is taken by central differences of the closed form, to 1e-9.
   */
  gradient(p: Float64Array, gradientAffine: Affine): Float64Array {
    const out = new Float64Array(this.count);
    const [x, y, z] = this.#centre;
    const step = 1e-3;
    for (let n = 0; n < this.count; n++) {
      const q = Float64Array.from(p);
      q[n] = p[n] + step;
      const high = this.affine(q);
      q[n] = p[n] - step;
      const low = this.affine(q);
      for (let row = 0; row < 3; row++) {
        const d = [0, 1, 2, 3].map((column) => (high[4 * row + column] - low[4 * row + column]) / (2 * step));
        // y = L (x − c) + t, so t moves by what the map does at the centre.
        const shift = d[0] * x + d[1] * y + d[2] * z + d[3];
        const g = gradientAffine.slice(4 * row, 4 * row + 4);
        out[n] += d[0] * g[0] + d[1] * g[1] + d[2] * g[2] + shift * g[3];
      }
    }
    return out;
  }
}
