import { defineCases, type KernelCase, type KernelCases, Random } from '@efface/compute/testing';
import { wordsPerRow } from '@efface/volume';
import { type DepthFromHitsBinding, type DepthFromHitsParams } from './depth-from-hits.gen.ts';
import { depthFromHits } from './depth-from-hits.ts';
import { coverCases } from './cover.cases.ts';
import { gapCases } from './gap.cases.ts';

type Size = readonly [number, number];

const PIXELS_DRAWN = 100_003;

/** A picture with a share of misses; some hits have depth 0, some normals one component only. */
function hitsCase(sizePx: Size, share: number, wgX?: number): KernelCase<DepthFromHitsParams, DepthFromHitsBinding> {
  const [nu, nv] = sizePx;
  return {
    id: `size=[${sizePx.join(',')}];share=${share}${wgX ? `;wg=${wgX}` : ''}`,
    params: { sizePx, wordsPerRow: wordsPerRow(nu) },
    ...(wgX && { constants: { WG_X: wgX } }),
    buffers: (seed) => {
      const random = new Random(seed);
      const hits = new Float32Array(4 * nu * nv);
      // The largest pictures repeat their beginning.
      const repeated = Math.min(hits.length, 4 * PIXELS_DRAWN);
      for (let at = 0; at < repeated; at += 4) {
        if (random.nextF32() >= share) continue;
        hits[at + random.nextInteger(0, 2)] = random.nextF32() - 0.5 || 1;
        hits[at + 3] = random.nextInteger(0, 5) === 0 ? 0 : 300 * random.nextF32();
      }
      for (let at = repeated; at < hits.length; at += repeated)
        hits.set(hits.subarray(0, Math.min(repeated, hits.length - at)), at);
      return {
        hits: { init: hits },
        depth: { sizeBytes: 4 * nu * nv, element: 'f32' },
        valid: { sizeBytes: 4 * wordsPerRow(nu) * nv },
      };
    },
  };
}

export const cases: KernelCases[] = [
  defineCases(depthFromHits, {
    eval: [
      hitsCase([37, 11], 0.5),
      ...([[1, 1], [31, 3], [32, 2], [33, 5], [257, 3], [3, 67]] as const).map((size) => hitsCase(size, 0.7)),
      hitsCase([40, 9], 0),
      hitsCase([64, 9], 1),
      // More than 65 535 workgroups of the smallest size.
      hitsCase([1030, 2040], 0.9, 32),
    ],
    perf: [hitsCase([256, 256], 0.9), hitsCase([512, 512], 0.9), hitsCase([1024, 1024], 0.9)],
  }),
  ...gapCases,
  ...coverCases,
]; // prettier-ignore
