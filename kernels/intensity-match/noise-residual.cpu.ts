import { type CpuKernel } from '@efface/compute';
import { type NoiseResidualBinding, type NoiseResidualParams } from './noise-residual.gen.ts';

function noiseResidualMain(
  { sizeIjk: [ni, nj], wordsPerRow }: NoiseResidualParams,
  src: Float32Array,
  mask: Uint32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  // Columns of which all three rows are in the mask.
  const columns = new Uint8Array(ni);
  for (let row = begin; row < end; row++) {
    const base = row * ni;
    const j = row % nj;
    dst.fill(-1, base, base + ni);
    if (j === 0 || j === nj - 1) continue;
    let any = 0;
    for (let i = 0; i < ni; i++) {
      const w = row * wordsPerRow + (i >>> 5);
      any |= columns[i] = ((mask[w - wordsPerRow] & mask[w] & mask[w + wordsPerRow]) >>> (i & 31)) & 1;
    }
    if (any === 0) continue;
    for (let i = 1; i < ni - 1; i++) {
      if ((columns[i - 1] & columns[i] & columns[i + 1]) === 0) continue;
      const index = base + i;
      const above = index - ni;
      const under = index + ni;
      const corners = src[above - 1] + src[above + 1] + (src[under - 1] + src[under + 1]);
      const edges = src[above] + src[under] + (src[index - 1] + src[index + 1]);
      dst[index] = Math.abs(corners - 2 * edges + 4 * src[index]) / 6;
    }
  }
}

/** Units are rows (constant j, k). */
export const noiseResidualCpu: CpuKernel<NoiseResidualParams, NoiseResidualBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, mask, dst }, begin, end }) =>
    noiseResidualMain(params, src.f32, mask.u32, dst.f32, begin, end),
};
