import { type CpuKernel } from '@efface/compute';
import { fixedFrom } from '../shared/displacement.ts';
import { type FieldSampleBinding, type FieldSampleParams } from './field-sample.gen.ts';

function fieldSampleMain(
  params: FieldSampleParams,
  fractionBits: number,
  src: Float32Array,
  mm: Float32Array | undefined,
  added: Float32Array | undefined,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { targetSizeIjk, scale, sourceSizeIjk, origin, stepI, stepJ, stepK } = params;
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const perOne = 1 / one;
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  const [xx, yx, zx] = params.perMmX.map(Math.fround);
  const [xy, yy, zy] = params.perMmY.map(Math.fround);
  const [xz, yz, zz] = params.perMmZ.map(Math.fround);
  const [iX, iY, iZ] = stepI;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    let x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    let y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    let z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let to = 3 * row * ni, past = to + 3 * ni; to < past; to += 3) {
      let x = x0;
      let y = y0;
      let z = z0;
      if (mm !== undefined) {
        const ux = mm[to];
        const uy = mm[to + 1];
        const uz = mm[to + 2];
        x = (x + fixedFrom(xx, ux) + fixedFrom(xy, uy) + fixedFrom(xz, uz)) | 0;
        y = (y + fixedFrom(yx, ux) + fixedFrom(yy, uy) + fixedFrom(yz, uz)) | 0;
        z = (z + fixedFrom(zx, ux) + fixedFrom(zy, uy) + fixedFrom(zz, uz)) | 0;
      }
      x0 = (x0 + iX) | 0;
      y0 = (y0 + iY) | 0;
      z0 = (z0 + iZ) | 0;
      x = x < 0 ? 0 : x > lastX ? lastX : x;
      y = y < 0 ? 0 : y > lastY ? lastY : y;
      z = z < 0 ? 0 : z > lastZ ? lastZ : z;
      const lx = x >> fractionBits;
      const ly = y >> fractionBits;
      const lz = z >> fractionBits;
      const tx = (x - lx * one) * perOne;
      const ty = (y - ly * one) * perOne;
      const tz = (z - lz * one) * perOne;
      const stepX = lx + 1 < si ? 3 : 0;
      const n = 3 * ((lz * sj + ly) * si + lx);
      const n10 = ly + 1 < sj ? n + 3 * si : n;
      const ahead = lz + 1 < sk ? 3 * si * sj : 0;
      for (let c = 0; c < 3; c++) {
        const s00 = src[n + c];
        const s10 = src[n10 + c];
        const s01 = src[n + ahead + c];
        const s11 = src[n10 + ahead + c];
        const v00 = s00 + (src[n + stepX + c] - s00) * tx;
        const v10 = s10 + (src[n10 + stepX + c] - s10) * tx;
        const v01 = s01 + (src[n + ahead + stepX + c] - s01) * tx;
        const v11 = s11 + (src[n10 + ahead + stepX + c] - s11) * tx;
        const near = v00 + (v10 - v00) * ty;
        const v = (near + (v01 + (v11 - v01) * ty - near) * tz) * scale;
        dst[to + c] = added === undefined ? v : v + added[to + c];
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
      constants['HAS_DISPLACEMENT'] === 1 ? displacement.f32 : undefined,
      constants['HAS_ADDED'] === 1 ? added.f32 : undefined,
      dst.f32,
      begin,
      end,
    ),
};
