import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type CorrelationTermsBinding, type CorrelationTermsParams } from './correlation-terms.gen.ts';
import { blocksOf, MovingSampler } from './moving-sampler.ts';

function correlationTermsMain(slab: CpuSlab<CorrelationTermsParams, CorrelationTermsBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples, fixedMiddle, fixedScale, movingMiddle, movingScale } = params;
  const fixed = buffers.fixedImage.f32;
  const moving = buffers.movingImage.f32;
  const terms = buffers.terms.f32;
  const sampler = new MovingSampler(params, constants, buffers);
  const { total } = sampler;
  const stop = Math.min(total, end * blockSamples);
  sampler.seek(begin * blockSamples);
  for (let index = begin * blockSamples; index < stop; index++, sampler.advance()) {
    const isCounted = sampler.locate();
    const f = isCounted ? (fixed[index] - fixedMiddle) * fixedScale : 0;
    const m = isCounted ? (sampler.interpolate(moving) - movingMiddle) * movingScale : 0;
    terms[index] = isCounted ? 1 : 0;
    terms[total + index] = f;
    terms[2 * total + index] = m;
    terms[3 * total + index] = f * f;
    terms[4 * total + index] = m * m;
    terms[5 * total + index] = f * m;
  }
}

/** Units are blocks of samples. */
export const correlationTermsCpu: CpuKernel<CorrelationTermsParams, CorrelationTermsBinding> = {
  units: blocksOf,
  run: correlationTermsMain,
};
