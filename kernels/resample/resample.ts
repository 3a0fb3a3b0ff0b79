import { type Backend, type DeviceBuffer, type DeviceVolume, volumeArguments } from '@efface/compute';
import {
  type Affine, compose, type Grid, IDENTITY, invert, type Rescale, transformPoint, type Vec3, wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { resampleBits } from './resample-bits.ts';
import { resampleGrid } from './resample-grid.ts';

/** What to resample and how. */
export interface ResampleRequest {
  readonly source: DeviceVolume;
  readonly sourceGrid: Grid;
  /** Stored to real, per source slice. */
  readonly rescale: Rescale;
  readonly targetGrid: Grid;
  /** Patient coordinates of the target to those of the source, LPS mm. Default: the same. */
  readonly affineTargetLpsToSourceLps?: Affine;
  readonly interpolation: 'trilinear' | 'nearest';
  /** Real value of target voxels whose centre is more than half a voxel outside the outer source centres. */
  readonly outsideValue: number;
  /** Sub-samples per target axis that are averaged, against aliasing when the target is coarser. Default 1. */
  readonly tapsPerAxis?: Vec3;
}

type Int3 = readonly [number, number, number];

/** Fixed-point form of an index map. */
interface FixedMap {
  readonly fractionBits: number;
  readonly origin: Int3;
  readonly steps: readonly [Int3, Int3, Int3];
  readonly toFixed: (value: number) => number;
}

/**
 * The index map with as many fractional bits as leave room for the farthest target corner in 31 bits. A step rounded to
 * 2^−bits moves the far corner by (ni + nj + nk)·2^−bits−1 voxels: below 0.002 for 1024³ and 18 bits or more. Throws
 * RangeError when the grids are so far apart that fewer than 8 bits are left.
 */
function fixedMap(affine: Affine, targetSizeIjk: Vec3, firstTap: Vec3): FixedMap {
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

function targetIjkToSourceIjk(
  request: Pick<ResampleRequest, 'sourceGrid' | 'targetGrid' | 'affineTargetLpsToSourceLps'>,
): Affine {
  const { sourceGrid, targetGrid, affineTargetLpsToSourceLps = IDENTITY } = request;
  return compose(invert(sourceGrid.affineIjkToLps), compose(affineTargetLpsToSourceLps, targetGrid.affineIjkToLps));
}

/**
 * Real values of a volume on another grid, f32, i fastest. Trilinear within the outer voxel centres, clamped in the
 * half voxel around them. The caller owns the buffer.
 */
export function resample(backend: Backend, request: ResampleRequest): DeviceBuffer {
  const { source, targetGrid, rescale, interpolation, outsideValue, tapsPerAxis: taps = [1, 1, 1] } = request;
  const affine = targetIjkToSourceIjk(request);
  // Sub-samples lie at the centres of equal parts of the voxel.
  const firstTap = taps.map((n) => (1 / n - 1) / 2) as unknown as Vec3;
  const { fractionBits, origin, steps, toFixed } = fixedMap(affine, targetGrid.sizeIjk, firstTap);
  const tap = (c: 0 | 1 | 2): Int3 =>
    [affine[c], affine[4 + c], affine[8 + c]].map((v) => toFixed(v / taps[c])) as unknown as Int3;
  const lines = new Float32Array(2 * source.sizeIjk[2]);
  for (let k = 0; k < source.sizeIjk[2]; k++) lines.set([rescale.slopePerK[k], rescale.interceptPerK[k]], 2 * k);
  const rescaleBuffer = backend.createBuffer('resample/rescale', lines.byteLength, lines);
  const [ni, nj, nk] = targetGrid.sizeIjk;
  const dst = backend.createBuffer('resample', 4 * ni * nj * nk);
  const { buffers, constants } = volumeArguments(source);
  backend.dispatch(resampleGrid, {
    params: {
      targetSizeIjk: targetGrid.sizeIjk,
      taps,
      sourceSizeIjk: source.sizeIjk,
      outsideValue,
      origin,
      stepI: steps[0],
      stepJ: steps[1],
      stepK: steps[2],
      tapI: tap(0),
      tapJ: tap(1),
      tapK: tap(2),
    },
    constants: { ...constants, FRACTION_BITS: fractionBits, IS_NEAREST: interpolation === 'nearest' ? 1 : 0 },
    buffers: { ...buffers, rescale: rescaleBuffer, dst },
  });
  backend.release(rescaleBuffer);
  return dst;
}

/** What mask to bring to which grid. */
export interface ResampleMaskRequest {
  readonly mask: DeviceBuffer;
  readonly maskGrid: Grid;
  readonly targetGrid: Grid;
  /** Patient coordinates of the target to those of the mask, LPS mm. Default: the same. */
  readonly affineTargetLpsToSourceLps?: Affine;
}

/** A mask on another grid: nearest voxel, empty outside. The caller owns the buffer. */
export function resampleMask(
  backend: Backend,
  { mask, maskGrid, targetGrid, ...rest }: ResampleMaskRequest,
): DeviceBuffer {
  const affine = targetIjkToSourceIjk({ sourceGrid: maskGrid, targetGrid, ...rest });
  const { fractionBits, origin, steps } = fixedMap(affine, targetGrid.sizeIjk, [0, 0, 0]);
  const targetWordsPerRow = wordsPerRow(targetGrid.sizeIjk[0]);
  const dst = backend.createBuffer(
    'resample-mask',
    4 * targetWordsPerRow * targetGrid.sizeIjk[1] * targetGrid.sizeIjk[2],
  );
  backend.dispatch(resampleBits, {
    params: {
      targetSizeIjk: targetGrid.sizeIjk,
      targetWordsPerRow,
      sourceSizeIjk: maskGrid.sizeIjk,
      sourceWordsPerRow: wordsPerRow(maskGrid.sizeIjk[0]),
      origin,
      stepI: steps[0],
      stepJ: steps[1],
      stepK: steps[2],
    },
    constants: { FRACTION_BITS: fractionBits },
    buffers: { src: mask, dst },
  });
  return dst;
}
