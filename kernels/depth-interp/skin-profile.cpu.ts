import { type CpuKernel, storedView } from '@efface/compute';
import {
  depthExtent,
  depthRangeFixed,
  rowRange,
  SURFACE_SLACK_MM,
  windowDepth,
  windowSurfaces,
  windowSurfacesFast,
} from './depth-window.cpu.ts';
import { type SkinProfileBinding, type SkinProfileParams } from './skin-profile.gen.ts';

const f = Math.fround;

/** Words of a bin: see the shader. */
const BIN_WORDS = 7;

function skinProfileMain(
  params: SkinProfileParams,
  stored: ArrayLike<number>,
  pairs: Float32Array,
  lines: Float32Array,
  bins: Uint32Array,
  begin: number,
  end: number,
): void {
  const { sizeIjk, sizePx, binCount, origin, stepI, stepJ, stepK } = params;
  const [ni, nj] = sizeIjk;
  const [nu, nv] = sizePx;
  const [binsPerMm, low, scale] = [f(params.binsPerMm), f(params.low), f(params.scale)];
  const own = new Float64Array(4 * binCount);
  const at = new Float64Array(2);
  const [least, largest] = depthExtent(pairs);
  if (least > largest) return;
  // The deepest bin ends at binCount/binsPerMm below the skin; another mm stands for rounding.
  const depths = depthRangeFixed(least - 1, largest + binCount / binsPerMm + 1);
  // Twice, for the roundings of the difference and of its product, which are smaller still.
  const slack = 2 * SURFACE_SLACK_MM * binsPerMm + 2 ** -15;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    const u0 = origin[0] + stepJ[0] * j + stepK[0] * k;
    const v0 = origin[1] + stepJ[1] * j + stepK[1] * k;
    const d0 = origin[2] + stepJ[2] * j + stepK[2] * k;
    const [first, past] = rowRange(params, [u0, v0, d0], depths);
    const slope = lines[2 * k];
    const intercept = lines[2 * k + 1];
    for (let i = first; i < past; i++) {
      const u = u0 + stepI[0] * i;
      const v = v0 + stepI[1] * i;
      const depth = windowDepth(d0 + stepI[2] * i);
      if (!windowSurfacesFast(pairs, nu, nv, u, v, at)) continue;
      let below = (depth - at[1]) * binsPerMm;
      if (below < -slack || below >= binCount + slack) continue;
      // Near the end of a bin the shader's own roundings decide.
      const part = below - Math.floor(below);
      if (part < slack || part > 1 - slack) {
        windowSurfaces(pairs, nu, nv, u, v, at);
        below = f(f(depth - at[1]) * binsPerMm);
        if (!(below >= 0 && below < binCount)) continue;
      }
      const real = f(f(stored[row * ni + i] * slope) + intercept);
      const scaled = f(f(f(real - low) * scale) + 0.5);
      const q = Math.min(Math.max(scaled, 0), 65535) | 0;
      const bin = 4 * (below | 0);
      own[bin]++;
      own[bin + 1] += q;
      const square = q * q;
      own[bin + 2] += square & 0xffff;
      own[bin + 3] += square >>> 16;
    }
  }
  for (let bin = 0; bin < binCount; bin++) {
    if (own[4 * bin] === 0) continue;
    Atomics.add(bins, BIN_WORDS * bin, own[4 * bin]);
    for (let part = 0; part < 3; part++) addWide(bins, BIN_WORDS * bin + 1 + 2 * part, own[4 * bin + 1 + part]);
  }
}

/** Adds a whole number below 2⁵³ to 64 bits, low word first. */
function addWide(bins: Uint32Array, at: number, value: number): void {
  const low = value % 2 ** 32;
  const carry = Atomics.add(bins, at, low) + low >= 2 ** 32 ? 1 : 0;
  Atomics.add(bins, at + 1, Math.floor(value / 2 ** 32) + carry);
}

/** Units are rows (constant j, k). */
export const skinProfileCpu: CpuKernel<SkinProfileParams, SkinProfileBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { volume0, pairs, lines, bins }, begin, end }) =>
    skinProfileMain(params, storedView(volume0, constants['VOXEL_FORMAT']), pairs.f32, lines.f32, bins.u32, begin, end),
};
