import { type CpuKernel, storedView } from '@efface/compute';
import { type HistogramBinsBinding, type HistogramBinsParams } from './histogram-bins.gen.ts';

function histogramBinsMain(
  { sizeIjk, wordsPerRow, low, high, scale, binCount }: HistogramBinsParams,
  hasMask: boolean,
  stored: ArrayLike<number>,
  mask: Uint32Array,
  bins: Uint32Array,
  begin: number,
  end: number,
): void {
  const own = new Uint32Array(binCount);
  for (let row = begin; row < end; row++) {
    const base = row * sizeIjk[0];
    for (let i = 0; i < sizeIjk[0]; i++) {
      if (hasMask && ((mask[row * wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) === 0) continue;
      const v = stored[base + i];
      if (!(v >= low && v <= high)) continue;
      // Rounded after each step, as the shader does: the bin is a decision.
      const x = Math.fround(Math.fround(v - low) * scale);
      own[Math.min(x | 0, binCount - 1)]++;
    }
  }
  for (let b = 0; b < binCount; b++) if (own[b] > 0) Atomics.add(bins, b, own[b]);
}

/** Units are rows (constant j, k). */
export const histogramBinsCpu: CpuKernel<HistogramBinsParams, HistogramBinsBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, constants, buffers, begin, end }) =>
    histogramBinsMain(
      params,
      constants['HAS_MASK'] === 1,
      storedView(buffers.volume0, constants['VOXEL_FORMAT']),
      buffers.mask.u32,
      buffers.bins.u32,
      begin,
      end,
    ),
};
