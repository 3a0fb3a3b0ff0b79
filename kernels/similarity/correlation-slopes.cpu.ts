import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type CorrelationSlopesBinding, type CorrelationSlopesParams } from './correlation-slopes.gen.ts';
import { blocksOf, MovingSampler } from './moving-sampler.ts';

function correlationSlopesMain(slab: CpuSlab<CorrelationSlopesParams, CorrelationSlopesBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples, minVariance } = params;
  const sums = buffers.sums.f32;
  const slopes = buffers.slopes.f32;
  const partials = buffers.partials.f32;
  const sampler = new MovingSampler(params, constants, buffers);
  const { total } = sampler;
  for (let block = begin; block < end; block++) {
    const stop = Math.min(total, (block + 1) * blockSamples);
    let value = 0;
    let counted = 0;
    sampler.seek(block * blockSamples);
    for (let index = block * blockSamples; index < stop; index++, sampler.advance()) {
      let alpha = 0;
      let beta = 0;
      let gamma = 0;
      if (sampler.locate()) {
        const n = sums[index];
        const meanF = sums[total + index] / n;
        const meanM = sums[2 * total + index] / n;
        const b = sums[3 * total + index] - meanF * sums[total + index];
        const c = sums[4 * total + index] - meanM * sums[2 * total + index];
        counted++;
        if (Math.min(b, c) > minVariance * n) {
          const a = sums[5 * total + index] - meanF * sums[2 * total + index];
          alpha = (2 * a) / (b * c);
          beta = (alpha * a) / c;
          gamma = beta * meanM - alpha * meanF;
          value += (a * a) / (b * c);
        }
      }
      slopes[index] = alpha;
      slopes[total + index] = beta;
      slopes[2 * total + index] = gamma;
    }
    partials[4 * block] = value;
    partials[4 * block + 1] = counted;
    partials[4 * block + 2] = 0;
    partials[4 * block + 3] = 0;
  }
}

/** Units are blocks of samples, the granularity of the partial sums; a block is summed in f64. */
export const correlationSlopesCpu: CpuKernel<CorrelationSlopesParams, CorrelationSlopesBinding> = {
  units: blocksOf,
  run: correlationSlopesMain,
};
