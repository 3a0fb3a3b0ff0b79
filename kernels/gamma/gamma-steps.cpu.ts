import { type CpuKernel } from '@efface/compute';
import { type GammaStepsBinding, type GammaStepsParams } from './gamma-steps.gen.ts';
import { NOT_JUDGED, perGy } from './gamma-term.cpu.ts';

/** Dose at a place in fixed point within the outer voxel centres. */
function interpolated(
  evaluated: Float32Array,
  [ni, nj, nk]: readonly [number, number, number],
  fractionBits: number,
  x: number,
  y: number,
  z: number,
): number {
  const one = 1 << fractionBits;
  const perOne = 1 / one;
  const lx = x >> fractionBits;
  const ly = y >> fractionBits;
  const lz = z >> fractionBits;
  const fx = (x - lx * one) * perOne;
  const fy = (y - ly * one) * perOne;
  const fz = (z - lz * one) * perOne;
  const di = lx + 1 < ni ? 1 : 0;
  const dj = ly + 1 < nj ? ni : 0;
  const low = (lz * nj + ly) * ni + lx;
  const high = lz + 1 < nk ? low + ni * nj : low;
  const c00 = evaluated[low] + (evaluated[low + di] - evaluated[low]) * fx;
  const c10 = evaluated[low + dj] + (evaluated[low + dj + di] - evaluated[low + dj]) * fx;
  const c01 = evaluated[high] + (evaluated[high + di] - evaluated[high]) * fx;
  const c11 = evaluated[high + dj] + (evaluated[high + dj + di] - evaluated[high + dj]) * fx;
  const c0 = c00 + (c10 - c00) * fy;
  const c1 = c01 + (c11 - c01) * fy;
  return c0 + (c1 - c0) * fz;
}

function gammaStepsMain(
  params: GammaStepsParams,
  fractionBits: number,
  isLocal: boolean,
  reference: Float32Array,
  evaluated: Float32Array,
  offsets: Int32Array,
  squares: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, offsetCount, evaluatedSizeIjk, threshold, perTolerance, cap, origin, stepI, stepJ, stepK } = params;
  const [ni, nj] = sizeIjk;
  const one = 1 << fractionBits;
  const [lastX, lastY, lastZ] = evaluatedSizeIjk.map((n) => (n - 1) * one);
  const most = cap * cap;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    let x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    let y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    let z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let i = 0, index = row * ni; i < ni; i++, index++) {
      const dose = reference[index];
      if (dose < threshold) dst[index] = NOT_JUDGED;
      else {
        const scale = perGy(dose, perTolerance, isLocal);
        let best = most;
        for (let n = 0; n < 4 * offsetCount; n += 4) {
          const squared = squares[n + 3];
          if (squared >= best) break;
          const x = (x0 + offsets[n]) | 0;
          const y = (y0 + offsets[n + 1]) | 0;
          const z = (z0 + offsets[n + 2]) | 0;
          if (x < 0 || y < 0 || z < 0 || x > lastX || y > lastY || z > lastZ) continue;
          const difference = (interpolated(evaluated, evaluatedSizeIjk, fractionBits, x, y, z) - dose) * scale;
          best = Math.min(best, squared + difference * difference);
        }
        dst[index] = Math.sqrt(best);
      }
      x0 = (x0 + stepI[0]) | 0;
      y0 = (y0 + stepI[1]) | 0;
      z0 = (z0 + stepI[2]) | 0;
    }
  }
}

/** Units are rows (constant j, k) of the reference. */
export const gammaStepsCpu: CpuKernel<GammaStepsParams, GammaStepsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { reference, evaluated, offsets, dst }, begin, end }) =>
    gammaStepsMain(
      params,
      constants['FRACTION_BITS'],
      constants['IS_LOCAL'] === 1,
      reference.f32,
      evaluated.f32,
      offsets.i32,
      offsets.f32,
      dst.f32,
      begin,
      end,
    ),
};
