import { type Backend, type DeviceBuffer, type DeviceVolume } from '@efface/compute';
import { type Rescale, type Vec3 } from '@efface/volume';
import { smoothAxis } from '../smooth/smooth-axis.ts';
import { type GridPair, mapParams, perMm } from './index-map.ts';
import { realValuesOf } from './resample.ts';
import { resampleSpline } from './resample-spline.ts';

/** Pole of the cubic B-spline filter: Unser, "Splines: a perfect fit", IEEE Signal Processing Magazine 16(6), 1999. */
export const SPLINE_POLE = Math.sqrt(3) - 2;

/** Beyond these many voxels the prefilter weighs less than 2⁻²⁴ of its centre. */
const PREFILTER_RADIUS = 13;

/**
 * Impulse response √3·z^|n| of the filter that turns samples into coefficients of the cubic B-spline through them. It
 * falls by 0.27 a voxel, so f32 has all of it in 27 taps: a convolution, which GPUs run faster than a recursion.
 */
export function splinePrefilterWeights(): Float32Array {
  return Float32Array.from({ length: PREFILTER_RADIUS + 1 }, (_, n) => Math.sqrt(3) * SPLINE_POLE ** n);
}

/**
 * Coefficients of the cubic B-spline through f32 values, i fastest, both mirrored at the outer voxel centres (Thévenaz,
 * Blu and Unser, "Interpolation revisited", IEEE Trans. Med. Imaging 19(7), 2000). The caller owns the result; the
 * source stays.
 */
export function splineCoefficients(backend: Backend, source: DeviceBuffer, sizeIjk: Vec3): DeviceBuffer {
  const table = splinePrefilterWeights();
  const weights = backend.createBuffer('spline/weights', table.byteLength, table);
  let current = source;
  for (const axis of [0, 1, 2]) {
    const dst = backend.createBuffer('spline', 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
    backend.dispatch(smoothAxis, {
      params: { sizeIjk, axis, radius: PREFILTER_RADIUS },
      constants: { IS_MIRRORED: 1 },
      buffers: { src: current, weights, dst },
    });
    if (current !== source) backend.release(current);
    current = dst;
  }
  backend.release(weights);
  return current;
}

/** What to resample by a cubic spline. */
export interface ResampleCubicRequest extends GridPair {
  readonly source: DeviceVolume;
  /** Stored to real, per source slice. */
  readonly rescale: Rescale;
  /** As in ResampleRequest. */
  readonly displacementMm?: DeviceBuffer;
  /** Real value of target voxels whose centre is more than half a voxel outside the outer source centres. */
  readonly outsideValue: number;
}

/**
 * Real values of a volume on another grid by cubic B-spline interpolation, f32, i fastest: exact at the source's voxel
 * centres to the rounding of f32, twice continuously differentiable, and able to go beyond the values it joins. For
 * values that are truncated to integers afterwards f32 is not enough; `CubicSpline` works in f64 on the host. The caller
 * owns the buffer.
 */
export function resampleCubic(backend: Backend, request: ResampleCubicRequest): DeviceBuffer {
  const { source, sourceGrid, rescale, displacementMm, outsideValue } = request;
  const { params, fractionBits } = mapParams(request);
  const { sizeIjk: sourceSizeIjk } = sourceGrid;
  const values = realValuesOf(backend, source, sourceGrid, rescale);
  const coefficients = splineCoefficients(backend, values, sourceSizeIjk);
  backend.release(values);
  const [ni, nj, nk] = params.targetSizeIjk;
  const dst = backend.createBuffer('resample-cubic', 4 * ni * nj * nk);
  backend.dispatch(resampleSpline, {
    params: { ...params, ...perMm(request.sourceGrid, fractionBits), sourceSizeIjk, outsideValue },
    constants: { FRACTION_BITS: fractionBits, HAS_DISPLACEMENT: displacementMm === undefined ? 0 : 1 },
    buffers: { coefficients, displacement: displacementMm ?? coefficients, dst },
  });
  backend.release(coefficients);
  return dst;
}
