import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { gapCorrectCpu } from './gap-correct.cpu.ts';
import { gapCorrectSource } from './gap-correct.gen.ts';
import { gapCorrectGpuJs } from './gap-correct.gpujs.ts';

/** Adds a correction up to a limit. Exact: one sum and one comparison. */
export const gapCorrect = defineKernel({
  source: gapCorrectSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ pixelCount }, constants) => workgroupsFor(pixelCount, constants),
  cost: ({ pixelCount }) => ({ readBytes: 16 * pixelCount, writeBytes: 4 * pixelCount, flops: pixelCount }),
  accuracy: exact(),
  cpu: gapCorrectCpu,
  gpujs: gapCorrectGpuJs,
});
