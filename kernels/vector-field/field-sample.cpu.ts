import { type CpuKernel } from '@efface/compute';
import { Displacement } from '../shared/displacement.ts';
import { type FieldSampleBinding, type FieldSampleParams } from './field-sample.gen.ts';

function fieldSampleMain(
  { targetSizeIjk, scale, sourceSizeIjk, origin, stepI, stepJ, stepK }: FieldSampleParams,
  fractionBits: number,
  src: Float32Array,
  displacement: Displacement,
  added: Float32Array | undefined,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const perOne = 1 / one;
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    const y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    const z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let i = 0; i < ni; i++) {
      const index = row * ni + i;
      displacement.read(index);
      const x = Math.min(Math.max((x0 + Math.imul(stepI[0], i) + displacement.x) | 0, 0), lastX);
      const y = Math.min(Math.max((y0 + Math.imul(stepI[1], i) + displacement.y) | 0, 0), lastY);
      const z = Math.min(Math.max((z0 + Math.imul(stepI[2], i) + displacement.z) | 0, 0), lastZ);
      const lx = x >> fractionBits;
      const ly = y >> fractionBits;
      const lz = z >> fractionBits;
      const tx = (x - lx * one) * perOne;
      const ty = (y - ly * one) * perOne;
      const tz = (z - lz * one) * perOne;
      const stepX = lx + 1 < si ? 3 : 0;
      const stepY = ly + 1 < sj ? 3 * si : 0;
      const stepZ = lz + 1 < sk ? 3 * si * sj : 0;
      let n = 3 * ((lz * sj + ly) * si + lx);
      for (let c = 0; c < 3; c++, n++) {
        const f = n + stepZ;
        const v00 = src[n] + (src[n + stepX] - src[n]) * tx;
        const v10 = src[n + stepY] + (src[n + stepY + stepX] - src[n + stepY]) * tx;
        const v01 = src[f] + (src[f + stepX] - src[f]) * tx;
        const v11 = src[f + stepY] + (src[f + stepY + stepX] - src[f + stepY]) * tx;
        const near = v00 + (v10 - v00) * ty;
        const v = (near + (v01 + (v11 - v01) * ty - near) * tz) * scale;
        dst[3 * index + c] = added === undefined ? v : v + added[3 * index + c];
      }
    }
  }
}

/** Units are target rows. */
export const fieldSampleCpu: CpuKernel<FieldSampleParams, FieldSampleBinding> = {
  units: ({ targetSizeIjk }) => targetSizeIjk[1] * targetSizeIjk[2],
  run: ({ params, constants, buffers: { src, displacement, added, dst }, begin, end }) =>
    fieldSampleMain(
      params,
      constants['FRACTION_BITS'],
      src.f32,
      new Displacement(params, constants['HAS_DISPLACEMENT'] === 1 ? displacement.f32 : undefined),
      constants['HAS_ADDED'] === 1 ? added.f32 : undefined,
      dst.f32,
      begin,
      end,
    ),
};
