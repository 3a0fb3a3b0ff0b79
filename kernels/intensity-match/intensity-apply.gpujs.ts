import { gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread } from '@efface/compute';
import { hashHigh, hashLow, NOISE_HELPERS, noiseOf } from '../shared/counter-noise.gpujs.ts';
import { type IntensityApplyBinding, type IntensityApplyParams } from './intensity-apply.gen.ts';

/** The hash of the seed, high half first. */
function seedHashThread(this: GpuJsThread, high: number, low: number): number {
  if (this.thread.x === 0) {
    return hashHigh(high, low);
  }
  return hashLow(high, low);
}

/** One voxel. The counter of its noise is a whole number beyond what a float holds, in one expression each time. */
function intensityApplyThread(
  this: GpuJsThread, source: number[][][], values: number[][][], region: number[][][], depth: number[][][],
  table: number[], seed: number[], counter: number, counterRow: number, counterSlice: number, low: number, scale: number, bins: number, sigma: number,
  perFeather: number, hasFeather: number,
): number {
  const value = values[this.thread.z][this.thread.y][this.thread.x];
  const half = Math.floor(this.thread.x / 16);
  const isInside = (region[this.thread.z][this.thread.y][half] >> (this.thread.x & 15)) & 1;
  if (isInside === 0) {
    return value;
  }
  const place = Math.max(0, Math.min(bins, (source[this.thread.z][this.thread.y][this.thread.x] - low) * scale));
  const entry = Math.min(Math.floor(place), bins - 1);
  let replaced = table[entry] * (entry + 1 - place) + table[entry + 1] * (place - entry);
  if (sigma > 0) {
    const high16 = (counter + this.thread.x + counterRow * this.thread.y + counterSlice * this.thread.z) >>> 16;
    const low16 = (counter + this.thread.x + counterRow * this.thread.y + counterSlice * this.thread.z) & 65535;
    replaced += sigma * noiseOf(high16, low16, seed[0], seed[1]);
  }
  if (hasFeather === 0) {
    return replaced;
  }
  const t = Math.max(0, Math.min(1, depth[this.thread.z][this.thread.y][this.thread.x] * perFeather));
  if (t === 1) {
    return replaced;
  }
  const weight = t * t * (3 - 2 * t);
  return value * (1 - weight) + replaced * weight;
} // prettier-ignore

/** A voxel a thread, after the hash of the seed. */
export const intensityApplyGpuJs: GpuJsForm<IntensityApplyParams, IntensityApplyBinding> = {
  passes: ({ params, constants: { HAS_FEATHER }, buffers }) => {
    const { sizeIjk, wordsPerRow, low, scale, bins, sigma, seed, counter, counterRow, counterSlice, perFeather } = params; // prettier-ignore
    const image = (name: 'source' | 'values' | 'depth' | 'dst') => gpuJsArray(buffers[name].f32, sizeIjk);
    const seedHash = gpuJsArray(new Float32Array(2), [2]);
    const dst = image('dst');
    const args = [
      image('source'),
      image('values'),
      gpuJsHalves(buffers.region, wordsPerRow, [sizeIjk[1], sizeIjk[2]]),
      // Without a feather the depths may be a stand-in.
      image(HAS_FEATHER === 1 ? 'depth' : 'values'),
      gpuJsArray(buffers.table.f32, [bins + 1]),
      seedHash,
      { integer: counter },
      { integer: counterRow },
      { integer: counterSlice },
      ...[low, scale, bins, sigma, perFeather, HAS_FEATHER],
    ];
    return [
      {
        thread: seedHashThread,
        helpers: NOISE_HELPERS,
        args: [Math.floor(seed / 65536), seed % 65536],
        output: [2],
        into: seedHash.values,
      },
      { thread: intensityApplyThread, helpers: NOISE_HELPERS, args, output: sizeIjk, into: dst.values },
    ];
  },
};
