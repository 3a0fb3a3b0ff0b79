import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type MaskCombineBinding, type MaskCombineParams } from './mask-combine.gen.ts';

/** Sixteen voxels: with the intersection known, the rest is arithmetic on whole numbers. */
function maskCombineThread(this: GpuJsThread, a: number[], b: number[], operation: number): number {
  const u = a[this.thread.x];
  const v = b[this.thread.x];
  const both = u & v;
  if (operation === 0) {
    return both;
  }
  if (operation === 1) {
    return u + v - both;
  }
  if (operation === 2) {
    return u - both;
  }
  return u + v - 2 * both;
}

/** Half a word a thread. */
export const maskCombineGpuJs: GpuJsForm<MaskCombineParams, MaskCombineBinding> = {
  passes: ({ params: { count }, constants, buffers: { a, b, dst } }) => {
    const [u, v, into] = [a, b, dst].map(({ u16 }) => gpuJsArray(u16, [2 * count]));
    return [{ thread: maskCombineThread, args: [u, v, constants['OPERATION']], output: into.size, into: into.values }];
  },
};
