import { EffaceError, type Grid, invert, compose, sameGrid, type Vec3 } from '@efface/volume';
import type { RadiomicsSettings } from './settings.ts';

/** Labels on a grid, i fastest. */
export interface LabelImage {
  readonly grid: Grid;
  readonly labels: ArrayLike<number>;
}

/** A region whose features are not computed, and why: PyRadiomics' `checkMask`. */
export class RegionError extends EffaceError {
  constructor(
    code:
      | 'REGION_EMPTY'
      | 'REGION_TOO_SMALL'
      | 'REGION_TOO_FLAT'
      | 'REGION_OTHER_GRID'
      | 'REGION_OUTSIDE'
      | 'REGION_NOT_FINITE',
    message: string,
  ) {
    super(code, 'inputRefused', message);
  }
}

/** The smallest box around a region, voxels. */
export interface RegionBox {
  readonly low: Vec3;
  /** Number of voxels along i, j, k. */
  readonly size: Vec3;
}

/** How far voxel centres of image and mask may lie apart, mm: what text and f32 leave of one grid. */
const GRID_TOLERANCE_MM = 1e-3;

/**
 * The labels on the image's grid: themselves, or with `correctMask` those of the nearest voxels.
 * @throws RegionError for another grid without `correctMask`
 */
export function labelsOnGrid(
  mask: LabelImage,
  grid: Grid,
  { correctMask, label }: RadiomicsSettings,
): ArrayLike<number> {
  if (sameGrid(mask.grid, grid, GRID_TOLERANCE_MM)) return mask.labels;
  if (!correctMask)
    throw new RegionError(
      'REGION_OTHER_GRID',
      `the mask has ${mask.grid.sizeIjk.join('×')} voxels elsewhere than the image's ${grid.sizeIjk.join('×')}; bring it to the ` +
        "image's grid, or set correctMask",
    );
  const [ni, nj, nk] = grid.sizeIjk;
  const [mi, mj, mk] = mask.grid.sizeIjk;
  const m = compose(invert(mask.grid.affineIjkToLps), grid.affineIjkToLps);
  const out = new Uint8Array(ni * nj * nk);
  let found = 0;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const x0 = m[1] * j + m[2] * k + m[3];
      const y0 = m[5] * j + m[6] * k + m[7];
      const z0 = m[9] * j + m[10] * k + m[11];
      for (let i = 0; i < ni; i++, n++) {
        const x = Math.floor(m[0] * i + x0 + 0.5);
        const y = Math.floor(m[4] * i + y0 + 0.5);
        const z = Math.floor(m[8] * i + z0 + 0.5);
        if (x < 0 || y < 0 || z < 0 || x >= mi || y >= mj || z >= mk) continue;
        if (mask.labels[x + mi * (y + mj * z)] !== label) continue;
        out[n] = label;
        found++;
      }
    }
  if (found === 0) throw new RegionError('REGION_OUTSIDE', `no voxel of label ${label} lies on the image`);
  return out;
}

/** The box of a label. @throws RegionError when there is none */
export function boxOfLabel(labels: ArrayLike<number>, [ni, nj, nk]: Vec3, label: number): RegionBox {
  const low = [Infinity, Infinity, Infinity];
  const high = [-1, -1, -1];
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) {
        if (labels[n] !== label) continue;
        if (i < low[0]) low[0] = i;
        if (i > high[0]) high[0] = i;
        if (j < low[1]) low[1] = j;
        if (j > high[1]) high[1] = j;
        if (k < low[2]) low[2] = k;
        if (k > high[2]) high[2] = k;
      }
  if (high[0] < 0) throw new RegionError('REGION_EMPTY', `the mask has no voxel of label ${label}`);
  const size = [0, 1, 2].map((d) => high[d] - low[d] + 1);
  return { low: low as unknown as Vec3, size: size as unknown as Vec3 };
}

/** @throws RegionError for regions that PyRadiomics refuses: flat ones, single voxels, and those it was told to */
export function checkRegion(
  voxelCount: number,
  sizeIjk: Vec3,
  { minimumROIDimensions, minimumROISize }: Pick<RadiomicsSettings, 'minimumROIDimensions' | 'minimumROISize'>,
): void {
  if (voxelCount === 0) throw new RegionError('REGION_EMPTY', 'no voxel of the region is left');
  const dimensions = sizeIjk.filter((n) => n > 1).length;
  if (dimensions === 0) throw new RegionError('REGION_TOO_SMALL', 'the region is a single voxel');
  if (dimensions < minimumROIDimensions)
    throw new RegionError(
      'REGION_TOO_FLAT',
      `the region has ${dimensions} dimensions of more than one voxel, minimumROIDimensions is ${minimumROIDimensions}`,
    );
  if (minimumROISize !== null && voxelCount <= minimumROISize)
    throw new RegionError('REGION_TOO_SMALL', `the region has ${voxelCount} voxels, more than ${minimumROISize} were asked for`); // prettier-ignore
}
