import { volumeInRealUnits } from '@efface/kernels';
import { invert, type Volume } from '@efface/volume';

/** A value at every place of the patient, x, y, z in LPS mm; NaN where there is none. */
export type PatientField = (x: number, y: number, z: number) => number;

/**
 * Real values of a volume, trilinear within the outer voxel centres and clamped in the half voxel around them; NaN beyond.
 * Positions and weights are f64, voxels f32.
 */
export function trilinearField(volume: Volume): PatientField {
  const { grid, voxels } = volumeInRealUnits(volume);
  const values = voxels as Float32Array;
  const [ni, nj, nk] = grid.sizeIjk;
  const m = invert(grid.affineIjkToLps);
  return (x, y, z) => {
    const i = m[0] * x + m[1] * y + m[2] * z + m[3];
    const j = m[4] * x + m[5] * y + m[6] * z + m[7];
    const k = m[8] * x + m[9] * y + m[10] * z + m[11];
    if (!(i >= -0.5 && j >= -0.5 && k >= -0.5 && i < ni - 0.5 && j < nj - 0.5 && k < nk - 0.5)) return NaN;
    const ci = Math.min(Math.max(i, 0), ni - 1);
    const cj = Math.min(Math.max(j, 0), nj - 1);
    const ck = Math.min(Math.max(k, 0), nk - 1);
    const li = Math.floor(ci);
    const lj = Math.floor(cj);
    const lk = Math.floor(ck);
    const fi = ci - li;
    const fj = cj - lj;
    const di = li + 1 < ni ? 1 : 0;
    const dj = lj + 1 < nj ? ni : 0;
    const low = (lk * nj + lj) * ni + li;
    const high = lk + 1 < nk ? low + ni * nj : low;
    const c00 = values[low] + (values[low + di] - values[low]) * fi;
    const c10 = values[low + dj] + (values[low + dj + di] - values[low + dj]) * fi;
    const c01 = values[high] + (values[high + di] - values[high]) * fi;
    const c11 = values[high + dj] + (values[high + dj + di] - values[high + dj]) * fi;
    const c0 = c00 + (c10 - c00) * fj;
    return c0 + (c01 + (c11 - c01) * fj - c0) * (ck - lk);
  };
}

/** Real value of the voxel that a place lies in; NaN beyond the voxels. */
export function nearestField(volume: Volume): PatientField {
  const { grid, voxels } = volumeInRealUnits(volume);
  const values = voxels as Float32Array;
  const [ni, nj, nk] = grid.sizeIjk;
  const m = invert(grid.affineIjkToLps);
  return (x, y, z) => {
    const i = Math.floor(m[0] * x + m[1] * y + m[2] * z + m[3] + 0.5);
    const j = Math.floor(m[4] * x + m[5] * y + m[6] * z + m[7] + 0.5);
    const k = Math.floor(m[8] * x + m[9] * y + m[10] * z + m[11] + 0.5);
    return i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk ? values[(k * nj + j) * ni + i] : NaN;
  };
}
