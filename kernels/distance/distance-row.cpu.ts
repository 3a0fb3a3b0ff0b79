import { type CpuKernel } from '@efface/compute';
import { type DistanceRowBinding, type DistanceRowParams } from './distance-row.gen.ts';

const FAR = 1e30;

function distanceRowMain(
  { sizeIjk: [ni], wordsPerRow, spacing }: DistanceRowParams,
  src: Uint32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const squared = new Float32Array(ni + 1);
  for (let n = 0; n <= ni; n++) squared[n] = Math.fround(n * spacing) ** 2;
  const nearest = new Int32Array(ni);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    const words = row * wordsPerRow;
    let any = 0;
    for (let w = 0; w < wordsPerRow; w++) any |= src[words + w];
    if (any === 0) {
      dst.fill(FAR, base, base + ni);
      continue;
    }
    // From below, then from above; ni stands for none yet.
    let steps = ni;
    for (let i = 0; i < ni; i++) {
      steps = (src[words + (i >>> 5)] >>> (i & 31)) & 1 ? 0 : steps < ni ? steps + 1 : ni;
      nearest[i] = steps;
    }
    steps = ni;
    for (let i = ni - 1; i >= 0; i--) {
      const below = nearest[i];
      steps = below === 0 ? 0 : steps < ni ? steps + 1 : ni;
      dst[base + i] = squared[below < steps ? below : steps];
    }
  }
}

/** Units are rows (constant j, k). */
export const distanceRowCpu: CpuKernel<DistanceRowParams, DistanceRowBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, dst }, begin, end }) => distanceRowMain(params, src.u32, dst.f32, begin, end),
};
