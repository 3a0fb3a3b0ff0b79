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
  const { stepX, stepY, stepZ, perOne, total } = sampler;
  for (let block = begin; block < end; block++) {
    const stop = Math.min(total, (block + 1) * blockSamples);
    sampler.seek(block * blockSamples);
    for (let index = block * blockSamples; index < stop; index++, sampler.advance()) {
      if (!sampler.locate()) {
        force.skip(sampler);
        continue;
      }
      const tx = sampler.tx * perOne;
      const ty = sampler.ty * perOne;
      const tz = sampler.tz * perOne;
      const n = sampler.first;
      const f = n + stepZ;
      const m000 = moving[n];
      const m010 = moving[n + stepY];
      const m001 = moving[f];
      const m011 = moving[f + stepY];
      const d00 = moving[n + stepX] - m000;
      const d10 = moving[n + stepY + stepX] - m010;
      const d01 = moving[f + stepX] - m001;
      const d11 = moving[f + stepY + stepX] - m011;
      const v00 = m000 + d00 * tx;
      const v01 = m001 + d01 * tx;
      const dy0 = m010 + d10 * tx - v00;
      const dy1 = m011 + d11 * tx - v01;
      const y0 = v00 + dy0 * ty;
      const dz = v01 + dy1 * ty - y0;
      const x0 = d00 + (d10 - d00) * ty;
      const d = y0 + dz * tz - fixed[sampler.fixedIndex];
      sums[0] += d * d;
      sums[1]++;
      const twice = 2 * d;
      const gx = x0 + (d01 + (d11 - d01) * ty - x0) * tz;
      force.add(sampler, twice * gx, twice * (dy0 + (dy1 - dy0) * tz), twice * dz);
    }
    force.finish(partials, block);
  }
}

/** Units are blocks of samples, the granularity of the partial sums; a block is summed in f64. */
export const meanSquaresSumsCpu: CpuKernel<MeanSquaresSumsParams, MeanSquaresSumsBinding> = {
  units: blocksOf,
  run: meanSquaresSumsMain,
};
