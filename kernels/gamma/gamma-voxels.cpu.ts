import { type CpuKernel } from '@efface/compute';
import { type GammaVoxelsBinding, type GammaVoxelsParams } from './gamma-voxels.gen.ts';
import { NO_DOSE, NOT_JUDGED, perGy } from './gamma-term.cpu.ts';

function gammaVoxelsMain(
  { sizeIjk: [ni, nj, nk], offsetCount, threshold, perTolerance, cap }: GammaVoxelsParams,
  isLocal: boolean,
  reference: Float32Array,
  evaluated: Float32Array,
  offsets: Int32Array,
  squares: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const most = cap * cap;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    for (let i = 0, index = row * ni; i < ni; i++, index++) {
      const dose = reference[index];
      if (dose < threshold) {
        dst[index] = NOT_JUDGED;
        continue;
      }
      const scale = perGy(dose, perTolerance, isLocal);
      let best = most;
      for (let n = 0; n < 4 * offsetCount; n += 4) {
        const squared = squares[n + 3];
        if (squared >= best) break;
        const qi = i + offsets[n];
        const qj = j + offsets[n + 1];
        const qk = k + offsets[n + 2];
        if (qi < 0 || qj < 0 || qk < 0 || qi >= ni || qj >= nj || qk >= nk) continue;
        const found = evaluated[(qk * nj + qj) * ni + qi];
        if (found > NO_DOSE) {
          const difference = (found - dose) * scale;
          best = Math.min(best, squared + difference * difference);
        }
      }
      dst[index] = Math.sqrt(best);
    }
  }
}

/** Units are rows (constant j, k). */
export const gammaVoxelsCpu: CpuKernel<GammaVoxelsParams, GammaVoxelsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { reference, evaluated, offsets, dst }, begin, end }) =>
    gammaVoxelsMain(
      params,
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
