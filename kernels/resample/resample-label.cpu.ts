import { type CpuKernel, VOXEL_FORMATS } from '@efface/compute';
import { Displacement } from '../shared/displacement.ts';
import { type ResampleLabelBinding, type ResampleLabelParams } from './resample-label.gen.ts';

type Labels = Uint8Array | Uint16Array;

const WEIGHT_BITS = 8;

/** The label that weighs most, the smallest of several. */
function heaviest(labels: Uint32Array, weights: Uint32Array): number {
  let best = 0;
  let most = 0;
  for (let n = 0; n < 8; n++) {
    let total = 0;
    for (let m = 0; m < 8; m++) if (labels[m] === labels[n]) total += weights[m];
    if (total > most || (total === most && labels[n] < best)) {
      most = total;
      best = labels[n];
    }
  }
  return best;
}

function resampleLabelMain(
  { targetSizeIjk, outsideLabel, sourceSizeIjk, origin, stepI, stepJ, stepK }: ResampleLabelParams,
  fractionBits: number,
  source: Labels,
  displacement: Displacement,
  dst: Labels,
  begin: number,
  end: number,
): void {
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const half = one >> 1;
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  const weightShift = fractionBits - WEIGHT_BITS;
  const whole = 1 << WEIGHT_BITS;
  const labels = new Uint32Array(8);
  const weights = new Uint32Array(8);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    const y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    const z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let i = 0; i < ni; i++) {
      const index = row * ni + i;
      displacement.read(index);
      let x = (x0 + Math.imul(stepI[0], i) + displacement.x) | 0;
      let y = (y0 + Math.imul(stepI[1], i) + displacement.y) | 0;
      let z = (z0 + Math.imul(stepI[2], i) + displacement.z) | 0;
      if (x < -half || y < -half || z < -half || x >= lastX + half || y >= lastY + half || z >= lastZ + half) {
        dst[index] = outsideLabel;
        continue;
      }
      x = Math.min(Math.max(x, 0), lastX);
      y = Math.min(Math.max(y, 0), lastY);
      z = Math.min(Math.max(z, 0), lastZ);
      const lx = x >> fractionBits;
      const ly = y >> fractionBits;
      const lz = z >> fractionBits;
      const low = (lz * sj + ly) * si + lx;
      const di = lx + 1 < si ? 1 : 0;
      const dj = ly + 1 < sj ? si : 0;
      const dk = lz + 1 < sk ? si * sj : 0;
      const px = (x - lx * one) >> weightShift;
      const py = (y - ly * one) >> weightShift;
      const pz = (z - lz * one) >> weightShift;
      let isUniform = true;
      for (let n = 0; n < 8; n++) {
        const isX = n & 1;
        const isY = (n >> 1) & 1;
        const isZ = n >> 2;
        labels[n] = source[low + isX * di + isY * dj + isZ * dk];
        weights[n] = (isX ? px : whole - px) * (isY ? py : whole - py) * (isZ ? pz : whole - pz);
        isUniform = isUniform && labels[n] === labels[0];
      }
      dst[index] = isUniform ? labels[0] : heaviest(labels, weights);
    }
  }
}

/** Units are target rows. */
export const resampleLabelCpu: CpuKernel<ResampleLabelParams, ResampleLabelBinding> = {
  units: ({ targetSizeIjk }) => targetSizeIjk[1] * targetSizeIjk[2],
  run: ({ params, constants, buffers: { volume0, displacement, dst }, begin, end }) => {
    const stored = constants['VOXEL_FORMAT'] === VOXEL_FORMATS.u16 ? 'u16' : 'u8';
    resampleLabelMain(
      params,
      constants['FRACTION_BITS'],
      volume0[stored],
      new Displacement(params, constants['HAS_DISPLACEMENT'] === 1 ? displacement.f32 : undefined),
      dst[stored],
      begin,
      end,
    );
  },
};
