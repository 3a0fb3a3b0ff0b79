import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { dilateBallCpu } from './dilate-ball.cpu.ts';
import { dilateBallSource } from './dilate-ball.gen.ts';

/** Dilation of a mask by a ball, given as rows. Exact: bits. An OR a word and row of the ball is the work. */
export const dilateBall = defineKernel({
  source: dilateBallSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ sizeIjk, wordsPerRow }, constants) => workgroupsFor(wordsPerRow * sizeIjk[1] * sizeIjk[2], constants),
  cost: ({ sizeIjk, wordsPerRow, offsetCount }) => {
    const words = wordsPerRow * sizeIjk[1] * sizeIjk[2];
    return { readBytes: 4 * words, writeBytes: 4 * words, flops: words * offsetCount };
  },
  accuracy: exact(),
  cpu: dilateBallCpu,
});
