import { type Vec3 } from '@efface/volume';

/** Eigenvalues of a symmetric 3×3 matrix in descending order with orthonormal eigenvectors. */
export interface SymmetricEigen {
  readonly values: Vec3;
  readonly vectors: readonly [Vec3, Vec3, Vec3];
}

/** Sweeps after which the off-diagonal of a 3×3 matrix is rounding only; convergence is quadratic, five are enough. */
const MAX_SWEEPS = 32;

/**
 * Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, 4th ed., 8.5) of a matrix given as its rows. Only the
 * upper triangle is read. Relative error a few f64 roundings of the largest eigenvalue.
 */
export function symmetricEigen(rows: readonly [Vec3, Vec3, Vec3]): SymmetricEigen {
  const a = [[...rows[0]], [rows[0][1], ...rows[1].slice(1)], [rows[0][2], rows[1][2], rows[2][2]]]; // prettier-ignore
  const v = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // prettier-ignore
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    if (a[0][1] === 0 && a[0][2] === 0 && a[1][2] === 0) break;
    for (const [p, q] of [[0, 1], [0, 2], [1, 2]]) {
      if (a[p][q] === 0) continue;
      const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
      const c = 1 / Math.hypot(t, 1);
      const s = t * c;
      for (let r = 0; r < 3; r++) [a[r][p], a[r][q]] = [c * a[r][p] - s * a[r][q], s * a[r][p] + c * a[r][q]];
      for (let r = 0; r < 3; r++) [a[p][r], a[q][r]] = [c * a[p][r] - s * a[q][r], s * a[p][r] + c * a[q][r]];
      for (let r = 0; r < 3; r++) [v[r][p], v[r][q]] = [c * v[r][p] - s * v[r][q], s * v[r][p] + c * v[r][q]];
      a[p][q] = 0;
      a[q][p] = 0;
    } // prettier-ignore
  }
  const order = [0, 1, 2].sort((x, y) => a[y][y] - a[x][x]);
  const vector = (n: number): Vec3 => [v[0][order[n]], v[1][order[n]], v[2][order[n]]];
  const value = (n: number): number => a[order[n]][order[n]];
  return { values: [value(0), value(1), value(2)], vectors: [vector(0), vector(1), vector(2)] };
}
