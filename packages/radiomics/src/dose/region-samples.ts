import { type Grid, voxelVolumeMm3 } from '@efface/volume';
import { type PatientField } from './patient-field.ts';

/** Equal parts of a region. */
export interface SampleGroup {
  /** Volume of one part, mm³. */
  readonly sampleMm3: number;
  /** What each field has at the centre of each part, one array a field; NaN where it has nothing. */
  readonly values: readonly Float32Array[];
}

/** A region as parts, each with the values of some fields at its centre. */
export interface RegionSamples {
  readonly groups: readonly SampleGroup[];
  /** Volume of all parts, mm³. */
  readonly volumeMm3: number;
}

/** Volume of all parts of some groups, mm³. */
export function volumeOfGroups(groups: readonly SampleGroup[]): number {
  return groups.reduce((sum, { sampleMm3, values }) => sum + sampleMm3 * values[0].length, 0);
}

/**
 * Some fields at the voxel centres of a region of label bits.
 * @param bits one u32 a voxel, i fastest
 * @param bit which bit stands for the region, 0 … 31
 * @param fields one at least
 */
export function sampleVoxels(
  grid: Grid,
  bits: Uint32Array,
  bit: number,
  fields: readonly PatientField[],
): RegionSamples {
  let count = 0;
  for (const word of bits) count += (word >>> bit) & 1;
  const values = fields.map(() => new Float32Array(count));
  const [ni, nj, nk] = grid.sizeIjk;
  const m = grid.affineIjkToLps;
  for (let k = 0, v = 0, at = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, v++) {
        if (((bits[v] >>> bit) & 1) === 0) continue;
        const x = m[0] * i + m[1] * j + m[2] * k + m[3];
        const y = m[4] * i + m[5] * j + m[6] * k + m[7];
        const z = m[8] * i + m[9] * j + m[10] * k + m[11];
        for (let f = 0; f < fields.length; f++) values[f][at] = fields[f](x, y, z);
        at++;
      }
  const groups = [{ sampleMm3: voxelVolumeMm3(grid), values }];
  return { groups, volumeMm3: volumeOfGroups(groups) };
}
