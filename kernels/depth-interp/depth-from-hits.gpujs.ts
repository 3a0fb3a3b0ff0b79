import { gpuJsArray, gpuJsHalves, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type DepthFromHitsBinding, type DepthFromHitsParams } from './depth-from-hits.gen.ts';

/** Every fourth number of the hits. */
function depthThread(this: GpuJsThread, hits: number[][]): number {
  return hits[this.thread.y][4 * this.thread.x + 3];
}

/** Sixteen pixels of a row: the sum of 2ᵇ over those with a normal of any length. */
function validThread(this: GpuJsThread, hits: number[][], nu: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const u = 16 * this.thread.x + b;
    if (u < nu) {
      const x = Math.abs(hits[this.thread.y][4 * u]);
      const y = Math.abs(hits[this.thread.y][4 * u + 1]);
      const z = Math.abs(hits[this.thread.y][4 * u + 2]);
      if (Math.max(x, Math.max(y, z)) > 0) {
        bits += weight;
      }
    }
    weight *= 2;
  }
  return bits;
}

/** Depths a pixel a thread, then bits half a word a thread. */
export const depthFromHitsGpuJs: GpuJsForm<DepthFromHitsParams, DepthFromHitsBinding> = {
  passes: ({ params: { sizePx, wordsPerRow }, buffers }) => {
    const [nu, nv] = sizePx;
    const hits = gpuJsArray(buffers.hits.f32, [4 * nu, nv]);
    const depth = gpuJsArray(buffers.depth.f32, sizePx);
    const valid = gpuJsHalves(buffers.valid, wordsPerRow, [nv]);
    return [
      { thread: depthThread, args: [hits], output: depth.size, into: depth.values },
      { thread: validThread, args: [hits, nu], output: valid.size, into: valid.values },
    ];
  },
};
