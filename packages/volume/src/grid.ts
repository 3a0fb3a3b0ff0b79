import { type Affine, determinant, transformPoint } from './affine.ts';
import { dot, length, scale, type Vec3 } from './vec3.ts';

/** A regular lattice of voxel centres in the patient. Index (0,0,0) is the centre of the first stored voxel. */
export interface Grid {
  /** Number of voxels along i, j, k; i is the fastest index in memory. */
  readonly sizeIjk: Vec3;
  /** Continuous voxel index to DICOM patient coordinates (LPS), mm. */
  readonly affineIjkToLps: Affine;
}

/** Number of voxels. */
export function voxelCount(grid: Grid): number {
  return grid.sizeIjk[0] * grid.sizeIjk[1] * grid.sizeIjk[2];
}

/** Column of the affine: the step in LPS mm when index `axis` (0 = i, 1 = j, 2 = k) grows by one. */
export function stepLps(grid: Grid, axis: 0 | 1 | 2): Vec3 {
  const m = grid.affineIjkToLps;
  return [m[axis], m[4 + axis], m[8 + axis]];
}

/** Distance between neighbouring voxel centres along i, j, k, mm. */
export function spacingMm(grid: Grid): Vec3 {
  return [length(stepLps(grid, 0)), length(stepLps(grid, 1)), length(stepLps(grid, 2))];
}

/** Volume of one voxel, mm³ (parallelepiped, so sheared grids are right too). */
export function voxelVolumeMm3(grid: Grid): number {
  return Math.abs(determinant(grid.affineIjkToLps));
}

/** Patient position (LPS, mm) of a continuous voxel index. */
export function ijkToLps(grid: Grid, pIjk: Vec3): Vec3 {
  return transformPoint(grid.affineIjkToLps, pIjk);
}

/** One stored axis as an anatomical axis. */
export interface AxisCode {
  /** 0 = left-right, 1 = posterior-anterior, 2 = superior-inferior. */
  readonly lpsAxis: 0 | 1 | 2;
  /** +1 when the index grows towards left, posterior or superior; −1 for right, anterior, inferior. */
  readonly sign: 1 | -1;
}

/**
 * Closest anatomical axes of i, j, k: the assignment of stored axes to L, P, S with the largest sum of absolute
 * direction cosines, so that obliques get three different axes. Throws RangeError for a degenerate affine.
 */
export function axisCodes(grid: Grid): readonly [AxisCode, AxisCode, AxisCode] {
  const unit = ([0, 1, 2] as const).map((a) => {
    const step = stepLps(grid, a);
    const n = length(step);
    if (!(n > 0) || !Number.isFinite(n)) throw new RangeError('the grid has an axis without extent');
    return scale(step, 1 / n);
  });
  const permutations = [
    [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
  ] as const; // prettier-ignore
  let best: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2] = permutations[0];
  let bestSum = -1;
  for (const p of permutations) {
    const sum = Math.abs(unit[0][p[0]]) + Math.abs(unit[1][p[1]]) + Math.abs(unit[2][p[2]]);
    // The margin keeps 45° obliques from flipping with the last bit.
    if (sum > bestSum + 1e-9) [best, bestSum] = [p, sum];
  }
  const code = (a: 0 | 1 | 2): AxisCode => ({ lpsAxis: best[a], sign: unit[a][best[a]] < 0 ? -1 : 1 });
  return [code(0), code(1), code(2)];
}

/** Three letters, the direction in which each stored index grows: 'LPS', 'RAS', 'PSR', … */
export function orientationCode(grid: Grid): string {
  const letters = [['L', 'R'], ['P', 'A'], ['S', 'I']] as const; // prettier-ignore
  return axisCodes(grid)
    .map((c) => letters[c.lpsAxis][c.sign > 0 ? 0 : 1])
    .join('');
}

/** Largest |cos| between two different axes: 0 for a rectangular grid; sheared grids (gantry tilt) are above 1e-3. */
export function shear(grid: Grid): number {
  let worst = 0;
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    // prettier-ignore
    const u = stepLps(grid, a);
    const v = stepLps(grid, b);
    worst = Math.max(worst, Math.abs(dot(u, v)) / (length(u) * length(v)));
  }
  return worst;
}

/** Same lattice: equal sizes and every corner within `toleranceMm`. */
export function sameGrid(a: Grid, b: Grid, toleranceMm = 1e-3): boolean {
  for (let d = 0; d < 3; d++) if (a.sizeIjk[d] !== b.sizeIjk[d]) return false;
  const [ni, nj, nk] = a.sizeIjk;
  for (const corner of [
    [0, 0, 0],
    [ni, 0, 0],
    [0, nj, 0],
    [0, 0, nk],
  ] as const) {
    // prettier-ignore
    const p = ijkToLps(a, corner);
    const q = ijkToLps(b, corner);
    if (Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) > toleranceMm) return false;
  }
  return true;
}
