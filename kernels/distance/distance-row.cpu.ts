import { type CpuKernel } from '@efface/compute';
import { type DistanceRowBinding, type DistanceRowParams } from './distance-row.gen.ts';

const FAR = 1e30;

/** First bit at or after `i` of a row that is not as `flip` (0: set, −1: not set); `ni` behind the last one. */
function findBit(src: Uint32Array, words: number, ni: number, i: number, flip: number): number {
  if (i >= ni) return ni;
  let word = i >>> 5;
  let bits = (src[words + word] ^ flip) & (-1 << (i & 31));
  while (bits === 0) {
    word++;
    if (word << 5 >= ni) return ni;
    bits = src[words + word] ^ flip;
  }
  const found = (word << 5) + 31 - Math.clz32(bits & -bits);
  return found < ni ? found : ni;
}

function distanceRowMain(
  { sizeIjk: [ni], wordsPerRow, spacing }: DistanceRowParams,
  src: Uint32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const squared = new Float32Array(ni + 1);
  for (let n = 0; n <= ni; n++) squared[n] = Math.fround(n * spacing) ** 2;
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    const words = row * wordsPerRow;
    let first = findBit(src, words, ni, 0, 0);
    if (first === ni) {
      dst.fill(FAR, base, base + ni);
      continue;
    }
    for (let i = 0; i < first; i++) dst[base + i] = squared[first - i];
    // A run of set voxels, and what lies between it and the next one.
    while (first < ni) {
      const past = findBit(src, words, ni, first, -1);
      const next = findBit(src, words, ni, past, 0);
      for (let i = first; i < past; i++) dst[base + i] = 0;
      const last = past - 1;
      const half = next === ni ? ni : (last + next + 1) >>> 1;
      for (let i = past; i < half; i++) dst[base + i] = squared[i - last];
      for (let i = half; i < next; i++) dst[base + i] = squared[next - i];
      first = next;
    }
  }
}

/** Units are rows (constant j, k). */
export const distanceRowCpu: CpuKernel<DistanceRowParams, DistanceRowBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, dst }, begin, end }) => distanceRowMain(params, src.u32, dst.f32, begin, end),
};
