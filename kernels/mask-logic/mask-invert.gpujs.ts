import { gpuJsHalves, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type MaskInvertBinding, type MaskInvertParams } from './mask-invert.gen.ts';

/** Sixteen voxels: what is missing to a half with all bits of the row set. */
function maskInvertThread(this: GpuJsThread, src: number[][], sizeI: number): number {
  const n = Math.max(0, Math.min(16, sizeI - 16 * this.thread.x));
  let full = 0;
  for (let b = 0; b < n; b++) {
    full += full + 1;
  }
  return full - src[this.thread.y][this.thread.x];
}

/** Half a word a thread. */
export const maskInvertGpuJs: GpuJsForm<MaskInvertParams, MaskInvertBinding> = {
  passes: ({ params: { count, wordsPerRow, sizeI }, buffers }) => {
    const rows = [count / wordsPerRow];
    const { values, size } = gpuJsHalves(buffers.dst, wordsPerRow, rows);
    const args = [gpuJsHalves(buffers.src, wordsPerRow, rows), sizeI];
    return [{ thread: maskInvertThread, args, output: size, into: values }];
  },
};
