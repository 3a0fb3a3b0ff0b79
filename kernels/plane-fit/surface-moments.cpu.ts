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
    // Where there is no neighbour, the word itself stands in for it and changes nothing.
    const up = j > 0 ? wordsPerRow : 0;
    const down = j + 1 < nj ? wordsPerRow : 0;
    const front = k > 0 ? perSlice : 0;
    const behind = k + 1 < nk ? perSlice : 0;
    const base = row * wordsPerRow;
    let previous = -1;
    let all = src[base] | 0;
    for (let w = 0; w < wordsPerRow; w++) {
      const word = base + w;
      const before = (all << 1) | (previous >>> 31);
      const next = w + 1 < wordsPerRow ? src[word + 1] | 0 : 0;
      const after = (all >>> 1) | (w + 1 < wordsPerRow ? next << 31 : lastBit);
      previous = all;
      all = next;
      if (previous === 0) continue;
      const inner = before & after & src[word - up] & src[word + down] & src[word - front] & src[word + behind];
      let bits = previous & ~inner;
      if (hasRegion) bits &= region[word];
      if (bits === 0) continue;
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
