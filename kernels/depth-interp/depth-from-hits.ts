import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { depthFromHitsCpu } from './depth-from-hits.cpu.ts';
import { depthFromHitsSource } from './depth-from-hits.gen.ts';
import { depthFromHitsGpuJs } from './depth-from-hits.gpujs.ts';

/** Depths and hit bits out of a picture's hits. Exact: numbers are copied and compared with 0. */
export const depthFromHits = defineKernel({
  source: depthFromHitsSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 128 } },
  workgroups: ({ sizePx, wordsPerRow }, constants) => workgroupsFor(32 * wordsPerRow * sizePx[1], constants),
  cost: ({ sizePx: [nu, nv], wordsPerRow }) => ({
    readBytes: 16 * nu * nv,
    writeBytes: 4 * nu * nv + 4 * wordsPerRow * nv,
    flops: 0,
  }),
  accuracy: exact(),
  cpu: depthFromHitsCpu,
  gpujs: depthFromHitsGpuJs,
});
