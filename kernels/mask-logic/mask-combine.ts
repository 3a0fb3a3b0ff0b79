import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { maskCombineCpu } from './mask-combine.cpu.ts';
import { maskCombineSource } from './mask-combine.gen.ts';
import { maskCombineGpuJs } from './mask-combine.gpujs.ts';

/** Word-wise logic of two masks. Exact: bits. */
export const maskCombine = defineKernel({
  source: maskCombineSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count }) => ({ readBytes: 8 * count, writeBytes: 4 * count, flops: count }),
  accuracy: exact(),
  cpu: maskCombineCpu,
  gpujs: maskCombineGpuJs,
});
