import { type CpuKernel } from '@efface/compute';
import { Displacement } from '../shared/displacement.ts';
import { mirrored } from '../shared/mirrored.ts';
import { type ResampleSplineBinding, type ResampleSplineParams } from './resample-spline.gen.ts';

/** `spline_weights` of the shader into w[at …]. */
function splineWeights(t: number, w: Float64Array, at: number): void {
  const u = 1 - t;
  w[at] = (u * u * u) / 6;
  w[at + 1] = (4 - 3 * t * t * (2 - t)) / 6;
  w[at + 2] = (4 - 3 * u * u * (2 - u)) / 6;
  w[at + 3] = (t * t * t) / 6;
}

function resampleSplineMain(
  { targetSizeIjk, outsideValue, sourceSizeIjk, origin, stepI, stepJ, stepK }: ResampleSplineParams,
  fractionBits: number,
  coefficients: Float32Array,
  displacement: Displacement,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const half = one >> 1;
  const [limitX, limitY, limitZ] = [si * one - half, sj * one - half, sk * one - half];
  // Weights along i, j, k, four each.
  const w = new Float64Array(12);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    const y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    const z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let i = 0; i < ni; i++) {
      const index = row * ni + i;
      displacement.read(index);
      const x = (x0 + Math.imul(stepI[0], i) + displacement.x) | 0;
      const y = (y0 + Math.imul(stepI[1], i) + displacement.y) | 0;
      const z = (z0 + Math.imul(stepI[2], i) + displacement.z) | 0;
      if (x < -half || y < -half || z < -half || x >= limitX || y >= limitY || z >= limitZ) {
        dst[index] = outsideValue;
        continue;
      }
      const lx = x >> fractionBits;
      const ly = y >> fractionBits;
      const lz = z >> fractionBits;
      splineWeights((x - lx * one) / one, w, 0);
      splineWeights((y - ly * one) / one, w, 4);
      splineWeights((z - lz * one) / one, w, 8);
      const i0 = mirrored(lx - 1, si);
      const i1 = mirrored(lx, si);
      const i2 = mirrored(lx + 1, si);
      const i3 = mirrored(lx + 2, si);
      let sum = 0;
      for (let c = 0; c < 4; c++) {
        const slice = mirrored(lz - 1 + c, sk) * sj;
        let plane = 0;
        for (let b = 0; b < 4; b++) {
          const base = (slice + mirrored(ly - 1 + b, sj)) * si;
          plane +=
            w[4 + b] *
            (w[0] * coefficients[base + i0] +
              w[1] * coefficients[base + i1] +
              w[2] * coefficients[base + i2] +
              w[3] * coefficients[base + i3]);
        }
        sum += w[8 + c] * plane;
      }
      dst[index] = sum;
    }
  }
}

/** Units are target rows. */
export const resampleSplineCpu: CpuKernel<ResampleSplineParams, ResampleSplineBinding> = {
  units: ({ targetSizeIjk }) => targetSizeIjk[1] * targetSizeIjk[2],
  run: ({ params, constants, buffers: { coefficients, displacement, dst }, begin, end }) =>
    resampleSplineMain(
      params,
      constants['FRACTION_BITS'],
      coefficients.f32,
      new Displacement(params, constants['HAS_DISPLACEMENT'] === 1 ? displacement.f32 : undefined),
      dst.f32,
      begin,
      end,
    ),
};
