import { type PerMm } from '../shared/displacement.ts';
import {
  type Affine,
  compose,
  type Grid,
  IDENTITY,
  invert,
  transformPoint,
  type Vec3,
  type VoxelBox,
  wholeBox,
} from '@efface/volume';

export type Int3 = readonly [number, number, number];

/** Fixed-point form of an index map, as shared/fixed-point.wgsl takes it. */
export interface FixedMap {
  readonly fractionBits: number;
  readonly origin: Int3;
  readonly steps: readonly [Int3, Int3, Int3];
  readonly toFixed: (value: number) => number;
}

/**
 * The index map with as many fractional bits as leave room for the farthest target corner in 31 bits; `firstTap` is the
 * target position, voxels, that becomes the origin. A step rounded to 2^−bits moves the far corner by
 * (ni + nj + nk)·2^−bits−1 voxels: below 0.002 for 1024³ and 18 bits or more. Throws RangeError when the grids are so far
 * apart that fewer than 8 bits are left.
 */
export function fixedMap(affine: Affine, targetSizeIjk: Vec3, firstTap: Vec3): FixedMap {
  let largest = 1;
  for (let corner = 0; corner < 8; corner++) {
    const p = [0, 1, 2].map((d) => ((corner >> d) & 1 ? targetSizeIjk[d] : -1)) as unknown as Vec3;
    for (const v of transformPoint(affine, p)) largest = Math.max(largest, Math.abs(v) + 2);
  }
  const fractionBits = Math.min(22, 30 - Math.ceil(Math.log2(largest)));
  if (fractionBits < 8) throw new RangeError(`the grids are ${largest.toFixed(0)} voxels apart, too far to resample`);
  const toFixed = (value: number): number => Math.round(value * 2 ** fractionBits);
  const column = (c: number): Int3 => [toFixed(affine[c]), toFixed(affine[4 + c]), toFixed(affine[8 + c])];
  const origin = transformPoint(affine, firstTap).map(toFixed) as unknown as Int3;
  return { fractionBits, origin, steps: [column(0), column(1), column(2)], toFixed };
}

/** Which grid is brought to which, and how they lie to each other. */
export interface GridPair {
  readonly sourceGrid: Grid;
  readonly targetGrid: Grid;
  /** Patient coordinates of the target to those of the source, LPS mm. Default: the same. */
  readonly affineTargetLpsToSourceLps?: Affine;
  /**
   * Only these voxels of the target, as they are in the whole: the result, and what is given for each target voxel, has
   * the size of the box. Default all.
   */
  readonly targetBox?: VoxelBox;
}

/** The origin of a box of the target; steps wrap as the kernels' do. */
export function boxOrigin(origin: Int3, steps: readonly Int3[], { lowIjk }: VoxelBox): Int3 {
  const at = (c: 0 | 1 | 2): number =>
    (origin[c] + Math.imul(steps[0][c], lowIjk[0]) + Math.imul(steps[1][c], lowIjk[1]) + Math.imul(steps[2][c], lowIjk[2])) | 0; // prettier-ignore
  return [at(0), at(1), at(2)];
}

export function targetIjkToSourceIjk({
  sourceGrid,
  targetGrid,
  affineTargetLpsToSourceLps = IDENTITY,
}: GridPair): Affine {
  return compose(invert(sourceGrid.affineIjkToLps), compose(affineTargetLpsToSourceLps, targetGrid.affineIjkToLps));
}

/** Voxels of a grid in fixed point per mm along L, P and S. */
export function perMm({ affineIjkToLps }: Grid, fractionBits: number): PerMm {
  const m = invert(affineIjkToLps).map((v) => v * 2 ** fractionBits);
  return { perMmX: [m[0], m[4], m[8]], perMmY: [m[1], m[5], m[9]], perMmZ: [m[2], m[6], m[10]] };
}

/** A grid pair in fixed point with the names the kernels' parameters have. */
export function mapParams(pair: GridPair): {
  readonly params: {
    readonly targetSizeIjk: Vec3;
    readonly origin: Int3;
    readonly stepI: Int3;
    readonly stepJ: Int3;
    readonly stepK: Int3;
  };
  readonly fractionBits: number;
} {
  const { sizeIjk } = pair.targetGrid;
  const { targetBox: box = wholeBox(sizeIjk) } = pair;
  const { fractionBits, origin, steps } = fixedMap(targetIjkToSourceIjk(pair), sizeIjk, [0, 0, 0]);
  const params = {
    targetSizeIjk: box.sizeIjk,
    origin: boxOrigin(origin, steps, box),
    stepI: steps[0],
    stepJ: steps[1],
    stepK: steps[2],
  };
  return { params, fractionBits };
}
