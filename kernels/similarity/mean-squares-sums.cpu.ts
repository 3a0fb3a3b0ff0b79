import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type MeanSquaresSumsBinding, type MeanSquaresSumsParams } from './mean-squares-sums.gen.ts';
import { blocksOf, ForceSums, MovingSampler } from './moving-sampler.ts';

function meanSquaresSumsMain(slab: CpuSlab<MeanSquaresSumsParams, MeanSquaresSumsBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples } = params;
  const fixed = buffers.fixedImage.f32;
  const moving = buffers.movingImage.f32;
  const partials = buffers.partials.f32;
  const sampler = new MovingSampler(params, constants, buffers);
  const force = new ForceSums(params, constants, buffers.forces);
  const { sums } = force;
  const { total } = sampler;
  for (let block = begin; block < end; block++) {
    const stop = Math.min(total, (block + 1) * blockSamples);
    sampler.seek(block * blockSamples);
    for (let index = block * blockSamples; index < stop; index++, sampler.advance()) {
      if (!sampler.locate()) {
        force.skip(sampler);
        continue;
      }
      const d = sampler.interpolate(moving) - fixed[sampler.fixedIndex];
      sums[0] += d * d;
      sums[1]++;
      const twice = 2 * d;
      force.add(sampler, twice * sampler.gradientX, twice * sampler.gradientY, twice * sampler.gradientZ);
    }
    force.finish(partials, block);
  }
}

/** Units are blocks of samples, the granularity of the partial sums; a block is summed in f64. */
export const meanSquaresSumsCpu: CpuKernel<MeanSquaresSumsParams, MeanSquaresSumsBinding> = {
  units: blocksOf,
  run: meanSquaresSumsMain,
};
