import { type CpuKernel, storedView } from '@efface/compute';
import { Displacement, fixedFrom } from '../shared/displacement.ts';
import { type ResampleGridBinding, type ResampleGridParams } from './resample-grid.gen.ts';

function resampleGridMain(
  params: ResampleGridParams,
  fractionBits: number,
  isNearest: boolean,
  stored: ArrayLike<number>,
  rescale: Float32Array,
  displacement: Displacement,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { targetSizeIjk, taps, sourceSizeIjk, outsideValue, origin, stepI, stepJ, stepK, tapI, tapJ, tapK } = params;
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const half = one >> 1;
  const perOne = 1 / one;
  const [limitX, limitY, limitZ] = [si * one - half, sj * one - half, sk * one - half];
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  const perSlice = si * sj;
  const share = 1 / (taps[0] * taps[1] * taps[2]);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    let x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    let y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    let z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let i = 0; i < ni; i++) {
      let sum = 0;
      displacement.read(row * ni + i);
      for (let c = 0; c < taps[2]; c++) {
        for (let b = 0; b < taps[1]; b++) {
          let x = (x0 + displacement.x + tapJ[0] * b + tapK[0] * c) | 0;
          let y = (y0 + displacement.y + tapJ[1] * b + tapK[1] * c) | 0;
          let z = (z0 + displacement.z + tapJ[2] * b + tapK[2] * c) | 0;
          for (let a = 0; a < taps[0]; a++) {
            if (x < -half || y < -half || z < -half || x >= limitX || y >= limitY || z >= limitZ) sum += outsideValue;
            else if (isNearest) {
              const pz = (z + half) >> fractionBits;
              const at = pz * perSlice + ((y + half) >> fractionBits) * si + ((x + half) >> fractionBits);
              sum += stored[at] * rescale[2 * pz] + rescale[2 * pz + 1];
            } else {
              const cx = x < 0 ? 0 : x > lastX ? lastX : x;
              const cy = y < 0 ? 0 : y > lastY ? lastY : y;
              const cz = z < 0 ? 0 : z > lastZ ? lastZ : z;
              const lx = cx >> fractionBits;
              const ly = cy >> fractionBits;
              const lz = cz >> fractionBits;
              const fx = (cx - lx * one) * perOne;
              const fy = (cy - ly * one) * perOne;
              const fz = (cz - lz * one) * perOne;
              const di = lx + 1 < si ? 1 : 0;
              const dj = ly + 1 < sj ? si : 0;
              const hz = lz + 1 < sk ? lz + 1 : lz;
              const low = lz * perSlice + ly * si + lx;
              const high = low + (hz - lz) * perSlice;
              const s00 = stored[low];
              const s10 = stored[low + dj];
              const s01 = stored[high];
              const s11 = stored[high + dj];
              const c00 = s00 + (stored[low + di] - s00) * fx;
              const c10 = s10 + (stored[low + dj + di] - s10) * fx;
              const c01 = s01 + (stored[high + di] - s01) * fx;
              const c11 = s11 + (stored[high + dj + di] - s11) * fx;
              const v0 = (c00 + (c10 - c00) * fy) * rescale[2 * lz] + rescale[2 * lz + 1];
              const v1 = (c01 + (c11 - c01) * fy) * rescale[2 * hz] + rescale[2 * hz + 1];
              sum += v0 + (v1 - v0) * fz;
            }
            x = (x + tapI[0]) | 0;
            y = (y + tapI[1]) | 0;
            z = (z + tapI[2]) | 0;
          }
        }
      }
      dst[row * ni + i] = sum * share;
      x0 = (x0 + stepI[0]) | 0;
      y0 = (y0 + stepI[1]) | 0;
      z0 = (z0 + stepI[2]) | 0;
    }
  }
}

/**
 * The same, trilinear, where neither y nor z changes along a target row: what they say of a sub-sample holds for the row.
 */
function resampleAlongMain(
  params: ResampleGridParams,
  fractionBits: number,
  stored: ArrayLike<number>,
  rescale: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { targetSizeIjk, taps, sourceSizeIjk, outsideValue, origin, stepI, stepJ, stepK, tapI, tapJ, tapK } = params;
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const half = one >> 1;
  const perOne = 1 / one;
  const [limitX, limitY, limitZ] = [si * one - half, sj * one - half, sk * one - half];
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  const share = 1 / (taps[0] * taps[1] * taps[2]);
  const [step, tap, nTaps] = [stepI[0], tapI[0], taps[0]];
  const sums = new Float64Array(ni);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    const y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    const z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    sums.fill(0);
    for (let c = 0; c < taps[2]; c++) {
      for (let b = 0; b < taps[1]; b++) {
        const y = (y0 + tapJ[1] * b + tapK[1] * c) | 0;
        const z = (z0 + tapJ[2] * b + tapK[2] * c) | 0;
        if (y < -half || z < -half || y >= limitY || z >= limitZ) {
          for (let i = 0; i < ni; i++) for (let a = 0; a < nTaps; a++) sums[i] += outsideValue;
          continue;
        }
        const cy = y < 0 ? 0 : y > lastY ? lastY : y;
        const cz = z < 0 ? 0 : z > lastZ ? lastZ : z;
        const ly = cy >> fractionBits;
        const lz = cz >> fractionBits;
        const fy = (cy - ly * one) * perOne;
        const fz = (cz - lz * one) * perOne;
        const hz = lz + 1 < sk ? lz + 1 : lz;
        const r00 = (lz * sj + ly) * si;
        const r10 = ly + 1 < sj ? r00 + si : r00;
        const r01 = (hz * sj + ly) * si;
        const r11 = r01 + r10 - r00;
        const slopeLow = rescale[2 * lz];
        const interceptLow = rescale[2 * lz + 1];
        const slopeHigh = rescale[2 * hz];
        const interceptHigh = rescale[2 * hz + 1];
        let begins = (x0 + tapJ[0] * b + tapK[0] * c) | 0;
        for (let i = 0; i < ni; i++) {
          let x = begins;
          let sum = sums[i];
          for (let a = 0; a < nTaps; a++) {
            if (x < -half || x >= limitX) sum += outsideValue;
            else {
              const cx = x < 0 ? 0 : x > lastX ? lastX : x;
              const lx = cx >> fractionBits;
              const fx = (cx - lx * one) * perOne;
              const hx = lx + 1 < si ? lx + 1 : lx;
              const s00 = stored[r00 + lx];
              const s10 = stored[r10 + lx];
              const s01 = stored[r01 + lx];
              const s11 = stored[r11 + lx];
              const c00 = s00 + (stored[r00 + hx] - s00) * fx;
              const c10 = s10 + (stored[r10 + hx] - s10) * fx;
              const c01 = s01 + (stored[r01 + hx] - s01) * fx;
              const c11 = s11 + (stored[r11 + hx] - s11) * fx;
              const v0 = (c00 + (c10 - c00) * fy) * slopeLow + interceptLow;
              const v1 = (c01 + (c11 - c01) * fy) * slopeHigh + interceptHigh;
              sum += v0 + (v1 - v0) * fz;
            }
            x = (x + tap) | 0;
          }
          sums[i] = sum;
          begins = (begins + step) | 0;
        }
      }
    }
    for (let i = 0, to = row * ni; i < ni; i++, to++) dst[to] = sums[i] * share;
  }
}

/**
 * The same with one tap and a displacement for each voxel, trilinear. A function of its own, because the compiler makes
 * code for the types a function has seen, and displaced images are all f32.
 */
function resampleDisplacedMain(
  params: ResampleGridParams,
  fractionBits: number,
  stored: ArrayLike<number>,
  rescale: Float32Array,
  mm: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const { targetSizeIjk, sourceSizeIjk, outsideValue, origin, stepI, stepJ, stepK } = params;
  const [ni, nj] = targetSizeIjk;
  const [si, sj, sk] = sourceSizeIjk;
  const one = 1 << fractionBits;
  const half = one >> 1;
  const perOne = 1 / one;
  const [limitX, limitY, limitZ] = [si * one - half, sj * one - half, sk * one - half];
  const [lastX, lastY, lastZ] = [(si - 1) * one, (sj - 1) * one, (sk - 1) * one];
  const perSlice = si * sj;
  const [xx, yx, zx] = params.perMmX.map(Math.fround);
  const [xy, yy, zy] = params.perMmY.map(Math.fround);
  const [xz, yz, zz] = params.perMmZ.map(Math.fround);
  const [stepX, stepY, stepZ] = stepI;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    let x0 = (origin[0] + Math.imul(stepJ[0], j) + Math.imul(stepK[0], k)) | 0;
    let y0 = (origin[1] + Math.imul(stepJ[1], j) + Math.imul(stepK[1], k)) | 0;
    let z0 = (origin[2] + Math.imul(stepJ[2], j) + Math.imul(stepK[2], k)) | 0;
    for (let to = row * ni, past = to + ni; to < past; to++) {
      const ux = mm[3 * to];
      const uy = mm[3 * to + 1];
      const uz = mm[3 * to + 2];
      const x = (x0 + fixedFrom(xx, ux) + fixedFrom(xy, uy) + fixedFrom(xz, uz)) | 0;
      const y = (y0 + fixedFrom(yx, ux) + fixedFrom(yy, uy) + fixedFrom(yz, uz)) | 0;
      const z = (z0 + fixedFrom(zx, ux) + fixedFrom(zy, uy) + fixedFrom(zz, uz)) | 0;
      x0 = (x0 + stepX) | 0;
      y0 = (y0 + stepY) | 0;
      z0 = (z0 + stepZ) | 0;
      if (x < -half || y < -half || z < -half || x >= limitX || y >= limitY || z >= limitZ) {
        dst[to] = outsideValue;
        continue;
      }
      const cx = x < 0 ? 0 : x > lastX ? lastX : x;
      const cy = y < 0 ? 0 : y > lastY ? lastY : y;
      const cz = z < 0 ? 0 : z > lastZ ? lastZ : z;
      const lx = cx >> fractionBits;
      const ly = cy >> fractionBits;
      const lz = cz >> fractionBits;
      const fx = (cx - lx * one) * perOne;
      const fy = (cy - ly * one) * perOne;
      const fz = (cz - lz * one) * perOne;
      const di = lx + 1 < si ? 1 : 0;
      const dj = ly + 1 < sj ? si : 0;
      const hz = lz + 1 < sk ? lz + 1 : lz;
      const low = lz * perSlice + ly * si + lx;
      const high = low + (hz - lz) * perSlice;
      const s00 = stored[low];
      const s10 = stored[low + dj];
      const s01 = stored[high];
      const s11 = stored[high + dj];
      const c00 = s00 + (stored[low + di] - s00) * fx;
      const c10 = s10 + (stored[low + dj + di] - s10) * fx;
      const c01 = s01 + (stored[high + di] - s01) * fx;
      const c11 = s11 + (stored[high + dj + di] - s11) * fx;
      const v0 = (c00 + (c10 - c00) * fy) * rescale[2 * lz] + rescale[2 * lz + 1];
      const v1 = (c01 + (c11 - c01) * fy) * rescale[2 * hz] + rescale[2 * hz + 1];
      dst[to] = v0 + (v1 - v0) * fz;
    }
  }
}

function isAlongRows({ stepI, tapI }: ResampleGridParams): boolean {
  return stepI[1] === 0 && stepI[2] === 0 && tapI[1] === 0 && tapI[2] === 0;
}

/** Units are target rows. The rescale is linear, so it is applied after interpolating within a slice. */
export const resampleGridCpu: CpuKernel<ResampleGridParams, ResampleGridBinding> = {
  units: ({ targetSizeIjk }) => targetSizeIjk[1] * targetSizeIjk[2],
  run: ({ params, constants, buffers, begin, end }) => {
    const bits = constants['FRACTION_BITS'];
    const isNearest = constants['IS_NEAREST'] === 1;
    const stored = storedView(buffers.volume0, constants['VOXEL_FORMAT']);
    const rescale = buffers.rescale.f32;
    const dst = buffers.dst.f32;
    const mm = constants['HAS_DISPLACEMENT'] === 1 ? buffers.displacement.f32 : undefined;
    if (mm !== undefined && !isNearest && params.taps.every((n) => n === 1))
      resampleDisplacedMain(params, bits, stored, rescale, mm, dst, begin, end);
    else if (mm === undefined && !isNearest && isAlongRows(params))
      resampleAlongMain(params, bits, stored, rescale, dst, begin, end);
    else resampleGridMain(params, bits, isNearest, stored, rescale, new Displacement(params, mm), dst, begin, end);
  },
};
