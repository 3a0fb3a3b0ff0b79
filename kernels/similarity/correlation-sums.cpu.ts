import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type CorrelationSumsBinding, type CorrelationSumsParams } from './correlation-sums.gen.ts';
import { blocksOf, ForceSums, MovingSampler } from './moving-sampler.ts';

function correlationSumsMain(slab: CpuSlab<CorrelationSumsParams, CorrelationSumsBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples, fixedMiddle, fixedScale, movingMiddle, movingScale } = params;
  const fixed = buffers.fixedImage.f32;
  const moving = buffers.movingImage.f32;
  const slopes = buffers.slopes.f32;
  const partials = buffers.partials.f32;
  const sampler = new MovingSampler(params, constants, buffers);
  const force = new ForceSums(params, constants, buffers.forces);
  const { total } = sampler;
  for (let block = begin; block < end; block++) {
    const stop = Math.min(total, (block + 1) * blockSamples);
    sampler.seek(block * blockSamples);
    for (let index = block * blockSamples; index < stop; index++, sampler.advance()) {
      if (!sampler.locate()) {
        force.skip(sampler);
        continue;
      }
      const m = (sampler.interpolate(moving) - movingMiddle) * movingScale;
      const f = (fixed[index] - fixedMiddle) * fixedScale;
      const s = movingScale * (f * slopes[index] - m * slopes[total + index] + slopes[2 * total + index]);
      force.sums[1]++;
      force.add(sampler, s * sampler.gradientX, s * sampler.gradientY, s * sampler.gradientZ);
    }
    force.finish(partials, block);
  }
}

/** Units are blocks of samples, the granularity of the partial sums; a block is summed in f64. */
export const correlationSumsCpu: CpuKernel<CorrelationSumsParams, CorrelationSumsBinding> = {
  units: blocksOf,
  run: correlationSumsMain,
};
