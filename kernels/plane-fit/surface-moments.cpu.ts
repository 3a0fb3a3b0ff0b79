import { type CpuKernel } from '@efface/compute';
import { popcount } from '@efface/volume';
import { type SurfaceMomentsBinding, type SurfaceMomentsParams } from './surface-moments.gen.ts';

/** Adds a whole number below 2⁵³ to a 64-bit sum, low word first: whoever makes the low word wrap around carries. */
function addTo(sums: Uint32Array, moment: number, value: number): void {
  const low = value % 2 ** 32;
  const old = Atomics.add(sums, 2 * moment, low);
  const high = Math.floor(value / 2 ** 32) + (old + low >= 2 ** 32 ? 1 : 0);
  if (high > 0) Atomics.add(sums, 2 * moment + 1, high);
}

function surfaceMomentsMain(
  { sizeIjk, wordsPerRow }: SurfaceMomentsParams,
  hasRegion: boolean,
  src: Uint32Array,
  region: Uint32Array,
  sums: Uint32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const perSlice = wordsPerRow * nj;
  const lastBit = 1 << ((ni - 1) & 31);
  const own = new Float64Array(10);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    let voxels = 0;
    let sumI = 0;
    let sumII = 0;
    for (let w = 0; w < wordsPerRow; w++) {
      const word = row * wordsPerRow + w;
      const all = src[word];
      if (all === 0) continue;
      const before = (all << 1) | (w > 0 ? src[word - 1] >>> 31 : 1);
      const after = (all >>> 1) | (w + 1 < wordsPerRow ? src[word + 1] << 31 : lastBit);
      let inner = before & after;
      if (j > 0) inner &= src[word - wordsPerRow];
      if (j + 1 < nj) inner &= src[word + wordsPerRow];
      if (k > 0) inner &= src[word - perSlice];
      if (k + 1 < nk) inner &= src[word + perSlice];
      let bits = all & ~inner;
      if (hasRegion) bits &= region[word];
      voxels += popcount(bits);
      while (bits !== 0) {
        const i = 32 * w + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        sumI += i;
        sumII += i * i;
      }
    }
    if (voxels === 0) continue;
    own[0] += voxels;
    own[1] += sumI;
    own[2] += j * voxels;
    own[3] += k * voxels;
    own[4] += sumII;
    own[5] += j * sumI;
    own[6] += k * sumI;
    own[7] += j * j * voxels;
    own[8] += j * k * voxels;
    own[9] += k * k * voxels;
  }
  for (let m = 0; m < 10; m++) addTo(sums, m, own[m]);
}

/** Units are rows (constant j, k). */
export const surfaceMomentsCpu: CpuKernel<SurfaceMomentsParams, SurfaceMomentsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers: { src, region, sums }, begin, end }) =>
    surfaceMomentsMain(params, constants['HAS_REGION'] === 1, src.u32, region.u32, sums.u32, begin, end),
};
