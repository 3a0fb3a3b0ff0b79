import { determinant, type Grid, invert, stepLps } from '@efface/volume';

/** How a field of displacements changes volumes. */
export interface JacobianRange {
  readonly minJacobian: number;
  readonly maxJacobian: number;
  /** Voxels with a determinant that is not positive at one of their corners. */
  readonly foldedVoxels: number;
}

/**
 * Smallest and largest determinant of the derivative of x + u(x): at every voxel for all eight choices of the neighbour
 * before or after it along each axis, so that a map that is found to be positive turns no corner of a cell over (Karacali and
 * Davatzikos, IEEE TMI 23 (2004) 868). `displacementMm`: three for each voxel, i fastest.
 */
export function jacobianRange(displacementMm: Float32Array, grid: Grid): JacobianRange {
  const [ni, nj, nk] = grid.sizeIjk;
  const strides = [3, 3 * ni, 3 * ni * nj];
  const steps = ([0, 1, 2] as const).map((axis) => stepLps(grid, axis));
  const perVoxel = determinant(invert(grid.affineIjkToLps));
  // Edges of the mapped cell: for each axis after (0) and before (9) the voxel.
  const edges = new Float64Array(18);
  let minJacobian = Infinity;
  let maxJacobian = -Infinity;
  let foldedVoxels = 0;
  for (let k = 0, n = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, n += 3) {
        for (let axis = 0; axis < 3; axis++) {
          const at = axis === 0 ? i : axis === 1 ? j : k;
          const size = grid.sizeIjk[axis];
          const stride = strides[axis];
          const hasNext = at + 1 < size;
          const hasLast = at > 0;
          for (let c = 0; c < 3; c++) {
            const here = displacementMm[n + c];
            const next = hasNext ? displacementMm[n + c + stride] - here : hasLast ? here - displacementMm[n + c - stride] : 0; // prettier-ignore
            const last = hasLast ? here - displacementMm[n + c - stride] : next;
            edges[3 * axis + c] = steps[axis][c] + next;
            edges[9 + 3 * axis + c] = steps[axis][c] + last;
          }
        }
        let isFolded = false;
        for (let corner = 0; corner < 8; corner++) {
          const a = corner & 1 ? 9 : 0;
          const b = corner & 2 ? 12 : 3;
          const c = corner & 4 ? 15 : 6;
          const jacobian =
            perVoxel *
            (edges[a] * (edges[b + 1] * edges[c + 2] - edges[b + 2] * edges[c + 1]) -
              edges[a + 1] * (edges[b] * edges[c + 2] - edges[b + 2] * edges[c]) +
              edges[a + 2] * (edges[b] * edges[c + 1] - edges[b + 1] * edges[c]));
          if (jacobian < minJacobian) minJacobian = jacobian;
          if (jacobian > maxJacobian) maxJacobian = jacobian;
          // NaN is folded too.
          if (!(jacobian > 0)) isFolded = true;
        }
        if (isFolded) foldedVoxels++;
      }
    }
  }
  return { minJacobian, maxJacobian, foldedVoxels };
}
