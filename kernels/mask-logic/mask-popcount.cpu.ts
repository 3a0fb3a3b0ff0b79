import { type CpuKernel } from '@efface/compute';
import { popcount } from '@efface/volume';
import { type MaskPopcountBinding, type MaskPopcountParams } from './mask-popcount.gen.ts';

function maskPopcountMain(src: Uint32Array, total: Uint32Array, begin: number, end: number): void {
  let sum = 0;
  for (let word = begin; word < end; word++) sum += popcount(src[word]);
  Atomics.add(total, 0, sum);
}

/** Units are words. */
export const maskPopcountCpu: CpuKernel<MaskPopcountParams, MaskPopcountBinding> = {
  units: ({ count }) => count,
  run: ({ buffers, begin, end }) => maskPopcountMain(buffers.src.u32, buffers.total.u32, begin, end),
};
