import { createHash } from 'node:crypto';
import { type Grid, ijkToLps, type Mask, maskCount, maskToBytes, type Vec3, voxelVolumeMm3 } from '@efface/volume';
import type { GeneratedHead } from './generate-head.ts';
import type { StructureName } from './structures.ts';

/* What several tests of the generated head measure. */

/** Hash of the bytes of an array. */
export function sha256(bytes: ArrayBufferView): string {
  // A copy: hashes do not take views of shared memory.
  return createHash('sha256').update(new Uint8Array(Uint8Array.from(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)))).digest('hex'); // prettier-ignore
}

/** Mask of a structure. */
export function structure(of: GeneratedHead, name: StructureName): Mask {
  const found = of.truth.structures.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  return found.mask;
}

/** Volume of a mask. */
export function millilitres(of: GeneratedHead, mask: Mask): number {
  return (maskCount(mask) * voxelVolumeMm3(of.volume.grid)) / 1000;
}

/** Mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Number of voxels of every label. */
export function countLabels(labels: Uint8Array): Float64Array {
  const count = new Float64Array(256);
  for (const label of labels) count[label]++;
  return count;
}

/** Stored values of the voxels of a tissue. */
export function valuesOf(of: GeneratedHead, label: number): number[] {
  const values: number[] = [];
  of.truth.labels.forEach((l, v) => {
    if (l === label) values.push(Number(of.volume.voxels[v]));
  });
  return values;
}

/** Most frequent value of the voxels of a tissue: partial volumes scatter, pure voxels agree. */
export function usualValue(of: GeneratedHead, label: number): number {
  const count = new Map<number, number>();
  for (const value of valuesOf(of, label)) count.set(value, (count.get(value) ?? 0) + 1);
  return [...count].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** How many six-neighbours of the marked voxels have each label. */
export function neighbourLabels(sizeIjk: Vec3, labels: Uint8Array, marked: Uint8Array): Float64Array {
  const [ni, nj, nk] = sizeIjk;
  const count = new Float64Array(256);
  for (let k = 1; k < nk - 1; k++)
    for (let j = 1; j < nj - 1; j++)
      for (let i = 1; i < ni - 1; i++) {
        const v = (k * nj + j) * ni + i;
        if (marked[v] === 0) continue;
        for (const step of [1, ni, ni * nj]) {
          count[labels[v + step]]++;
          count[labels[v - step]]++;
        }
      }
  return count;
}

/** Centre of gravity of a mask, LPS. */
export function centroidLps(grid: Grid, mask: Mask): Vec3 {
  const bytes = maskToBytes(mask);
  const [ni, nj] = grid.sizeIjk;
  const sum = [0, 0, 0, 0];
  bytes.forEach((set, v) => {
    if (set === 0) return;
    sum[0] += v % ni;
    sum[1] += Math.floor(v / ni) % nj;
    sum[2] += Math.floor(v / (ni * nj));
    sum[3]++;
  });
  return ijkToLps(grid, [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]]);
}

/** Voxel nearest to a point, for axial grids. */
export function nearestIjk(grid: Grid, lps: Vec3): [number, number, number] {
  const m = grid.affineIjkToLps;
  return [Math.round((lps[0] - m[3]) / m[0]), Math.round((lps[1] - m[7]) / m[5]), Math.round((lps[2] - m[11]) / m[10])];
}
