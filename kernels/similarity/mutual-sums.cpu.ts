import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type MutualSumsBinding, type MutualSumsParams } from './mutual-sums.gen.ts';
import { blocksOf, ForceSums, MovingSampler } from './moving-sampler.ts';
import { fineBin, fixedBin } from './parzen-bins.ts';

function mutualSumsMain(slab: CpuSlab<MutualSumsParams, MutualSumsBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples } = params;
  const fixed = buffers.fixedImage.f32;
  const moving = buffers.movingImage.f32;
  const logRatio = buffers.logRatio.f32;
  const { binCount } = params;
  const [fixedLow, fixedScale, low, scale] = [
    params.fixedLow,
    params.fixedScale,
    params.movingLow,
    params.movingScale,
  ].map(Math.fround);
  const most = (binCount - 3) * 1024 - 1;
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
      const m000 = fineBin(moving[n], low, scale, most);
      const m010 = fineBin(moving[n + stepY], low, scale, most);
      const m001 = fineBin(moving[f], low, scale, most);
      const m011 = fineBin(moving[f + stepY], low, scale, most);
      const d00 = fineBin(moving[n + stepX], low, scale, most) - m000;
      const d10 = fineBin(moving[n + stepY + stepX], low, scale, most) - m010;
      const d01 = fineBin(moving[f + stepX], low, scale, most) - m001;
      const d11 = fineBin(moving[f + stepY + stepX], low, scale, most) - m011;
      const v00 = m000 + d00 * tx;
      const v01 = m001 + d01 * tx;
      const dy0 = m010 + d10 * tx - v00;
      const dy1 = m011 + d11 * tx - v01;
      const y0 = v00 + dy0 * ty;
      const dz = v01 + dy1 * ty - y0;
      const x0 = d00 + (d10 - d00) * ty;
      const x = (y0 + dz * tz) / 1024;
      const start = Math.min(Math.floor(x), binCount - 4);
      const t = x - start;
      const u = 1 - t;
      const b = fixedBin(fixed[sampler.fixedIndex], fixedLow, fixedScale, binCount) * binCount + start;
      const slope =
        0.5 * (t * t * logRatio[b + 3] - u * u * logRatio[b]) +
        (1.5 * t - 2) * t * logRatio[b + 1] +
        (0.5 + t - 1.5 * t * t) * logRatio[b + 2];
      sums[0] += slope * slope;
      sums[1]++;
      const s = slope / 1024;
      const gx = x0 + (d01 + (d11 - d01) * ty - x0) * tz;
      force.add(sampler, s * gx, s * (dy0 + (dy1 - dy0) * tz), s * dz);
    }
    force.finish(partials, block);
  }
}

/** Units are blocks of samples, the granularity of the partial sums; a block is summed in f64. */
export const mutualSumsCpu: CpuKernel<MutualSumsParams, MutualSumsBinding> = {
  units: blocksOf,
  run: mutualSumsMain,
};
