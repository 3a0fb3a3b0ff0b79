import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { brickReachCpu } from './brick-reach.cpu.ts';
import { brickReachSource } from './brick-reach.gen.ts';

/** One axis of the distance to the nearest brick with surface. Exact: comparisons, and one sum rounded alike. */
export const brickReach = defineKernel({
  source: brickReachSource,
  tuning: { WG_X: { values: [64, 128], base: 64 } },
  workgroups: ({ bricksIjk }, constants) => workgroupsFor(bricksIjk[0] * bricksIjk[1] * bricksIjk[2], constants),
  cost: ({ bricksIjk, axis }) => {
    const nBricks = bricksIjk[0] * bricksIjk[1] * bricksIjk[2];
    return { readBytes: (axis === 0 ? 8 : 4) * nBricks, writeBytes: 4 * nBricks, flops: 8 * nBricks };
  },
  accuracy: exact(),
  cpu: brickReachCpu,
});
