import {
  type Backend, type DeviceBuffer, deviceVolumeFromF32, type DeviceVolume, volumeArguments,
} from '@efface/compute'; // prettier-ignore
import {
  type Affine,
  type Grid,
  type Rescale,
  uniformRescale,
  type Vec3,
  type VoxelBox,
  wholeBox,
  wordsPerRow,
} from '@efface/volume';
import { smoothGaussian } from '../smooth/smooth.ts';
import { boxOrigin, fixedMap, type GridPair, type Int3, mapParams, perMm, targetIjkToSourceIjk } from './index-map.ts';
import { resampleBits } from './resample-bits.ts';
import { resampleGrid } from './resample-grid.ts';

/** What to resample and how. */
export interface ResampleRequest extends GridPair {
  readonly source: DeviceVolume;
  /** Stored to real, per source slice. */
  readonly rescale: Rescale;
  /**
   * Added to the position of each target voxel in the source: three finite f32 (mm, LPS of the source) for each target
   * voxel, i fastest. Default none.
   */
  readonly displacementMm?: DeviceBuffer;
  readonly interpolation: 'trilinear' | 'nearest';
  /** Real value of target voxels whose centre is more than half a voxel outside the outer source centres. */
  readonly outsideValue: number;
  /** Sub-samples per target axis that are averaged, against aliasing when the target is coarser. Default 1. */
  readonly tapsPerAxis?: Vec3;
}

/**
 * Real values of a volume on another grid, f32, i fastest. Trilinear within the outer voxel centres, clamped in the
 * half voxel around them. The caller owns the buffer.
 */
export function resample(backend: Backend, request: ResampleRequest): DeviceBuffer {
  const {
    source,
    targetGrid,
    rescale,
    interpolation,
    outsideValue,
    displacementMm,
    tapsPerAxis: taps = [1, 1, 1],
    targetBox: box = wholeBox(targetGrid.sizeIjk),
  } = request;
  const affine = targetIjkToSourceIjk(request);
  // Sub-samples lie at the centres of equal parts of the voxel.
  const firstTap = taps.map((n) => (1 / n - 1) / 2) as unknown as Vec3;
  const { fractionBits, origin, steps, toFixed } = fixedMap(affine, targetGrid.sizeIjk, firstTap);
  const tap = (c: 0 | 1 | 2): Int3 =>
    [affine[c], affine[4 + c], affine[8 + c]].map((v) => toFixed(v / taps[c])) as unknown as Int3;
  const lines = new Float32Array(2 * source.sizeIjk[2]);
  for (let k = 0; k < source.sizeIjk[2]; k++) lines.set([rescale.slopePerK[k], rescale.interceptPerK[k]], 2 * k);
  const rescaleBuffer = backend.createBuffer('resample/rescale', lines.byteLength, lines);
  const [ni, nj, nk] = box.sizeIjk;
  const dst = backend.createBuffer('resample', 4 * ni * nj * nk);
  const { buffers, constants } = volumeArguments(source);
  backend.dispatch(resampleGrid, {
    params: {
      targetSizeIjk: box.sizeIjk,
      taps,
      sourceSizeIjk: source.sizeIjk,
      outsideValue,
      origin: boxOrigin(origin, steps, box),
      stepI: steps[0],
      stepJ: steps[1],
      stepK: steps[2],
      tapI: tap(0),
      tapJ: tap(1),
      tapK: tap(2),
      ...perMm(request.sourceGrid, fractionBits),
    },
    constants: {
      ...constants,
      FRACTION_BITS: fractionBits,
      IS_NEAREST: interpolation === 'nearest' ? 1 : 0,
      HAS_DISPLACEMENT: displacementMm === undefined ? 0 : 1,
    },
    buffers: { ...buffers, rescale: rescaleBuffer, displacement: displacementMm ?? rescaleBuffer, dst },
  });
  backend.release(rescaleBuffer);
  return dst;
}

/** What to bring to a coarser grid. */
export type DownsampleRequest = Omit<ResampleRequest, 'interpolation' | 'tapsPerAxis' | 'displacementMm' | 'targetBox'>;

/** Full width at half maximum of a Gaussian of σ = 1. */
const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.log(2));

/**
 * σ, voxels of the source along its axes, of the Gaussian that makes voxels of the source as wide as those of the target:
 * widths are taken as full widths at half maximum of Gaussians, whose squares add up (Cardoso et al., Scale factor point
 * spread function matching, MICCAI 2015). 0 along axes that do not get coarser.
 */
export function antiAliasSigmaVoxels(pair: GridPair): Vec3 {
  const affine = targetIjkToSourceIjk(pair);
  return [0, 1, 2].map((axis) => {
    const widthVoxels = Math.hypot(affine[4 * axis], affine[4 * axis + 1], affine[4 * axis + 2]);
    return Math.sqrt(Math.max(0, widthVoxels ** 2 - 1)) / FWHM_PER_SIGMA;
  }) as unknown as Vec3;
}

/** Real values of a volume on its own grid, f32. The caller owns the buffer. */
export function realValuesOf(backend: Backend, source: DeviceVolume, grid: Grid, rescale: Rescale): DeviceBuffer {
  return resample(backend, { source, sourceGrid: grid, targetGrid: grid, rescale, interpolation: 'nearest', outsideValue: 0 }); // prettier-ignore
}

/**
 * Real values of a volume on a coarser grid, f32: smoothed by a Gaussian against aliasing (`antiAliasSigmaVoxels`), then
 * trilinear. Axes that do not get coarser are interpolated only. The caller owns the buffer.
 */
export function downsample(backend: Backend, request: DownsampleRequest): DeviceBuffer {
  const { source, sourceGrid, rescale } = request;
  const { sizeIjk } = sourceGrid;
  const values = realValuesOf(backend, source, sourceGrid, rescale);
  const smoothed = smoothGaussian(backend, { source: values, sizeIjk, sigmaVoxels: antiAliasSigmaVoxels(request) });
  backend.release(values);
  const dst = resample(backend, {
    ...request,
    source: deviceVolumeFromF32(smoothed, sizeIjk),
    rescale: uniformRescale(sizeIjk[2], 1, 0),
    interpolation: 'trilinear',
  });
  backend.release(smoothed);
  return dst;
}

/** What mask to bring to which grid. */
export interface ResampleMaskRequest {
  readonly mask: DeviceBuffer;
  readonly maskGrid: Grid;
  readonly targetGrid: Grid;
  /** Patient coordinates of the target to those of the mask, LPS mm. Default: the same. */
  readonly affineTargetLpsToSourceLps?: Affine;
  /** Only these voxels of the target, as they are in the whole. Default all. */
  readonly targetBox?: VoxelBox;
}

/** A mask on another grid: nearest voxel, empty outside. The caller owns the buffer. */
export function resampleMask(
  backend: Backend,
  { mask, maskGrid, targetGrid, ...rest }: ResampleMaskRequest,
): DeviceBuffer {
  const { params, fractionBits } = mapParams({ sourceGrid: maskGrid, targetGrid, ...rest });
  const [ni, nj, nk] = params.targetSizeIjk;
  const targetWordsPerRow = wordsPerRow(ni);
  const dst = backend.createBuffer('resample-mask', 4 * targetWordsPerRow * nj * nk);
  backend.dispatch(resampleBits, {
    params: { ...params, targetWordsPerRow, sourceSizeIjk: maskGrid.sizeIjk, sourceWordsPerRow: wordsPerRow(maskGrid.sizeIjk[0]) }, // prettier-ignore
    constants: { FRACTION_BITS: fractionBits },
    buffers: { src: mask, dst },
  });
  return dst;
}
