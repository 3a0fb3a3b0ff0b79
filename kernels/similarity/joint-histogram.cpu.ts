import { type CpuKernel, type CpuSlab } from '@efface/compute';
import { type JointHistogramBinding, type JointHistogramParams } from './joint-histogram.gen.ts';
import { blocksOf, MovingSampler } from './moving-sampler.ts';
import { fineBin, fixedBin } from './parzen-bins.ts';

function between(a: number, b: number, t: number): number {
  return a + ((Math.imul(b - a, t) + 8192) >> 14);
}

function jointHistogramMain(slab: CpuSlab<JointHistogramParams, JointHistogramBinding>): void {
  const { params, constants, buffers, begin, end } = slab;
  const { blockSamples, binCount } = params;
  const fixed = buffers.fixedImage.f32;
  const moving = buffers.movingImage.f32;
  const window = buffers.window.u32;
  const bins = buffers.bins.u32;
  const [fixedLow, fixedScale, low, scale] = [
    params.fixedLow,
    params.fixedScale,
    params.movingLow,
    params.movingScale,
  ].map(Math.fround);
  const most = (binCount - 3) * 1024 - 1;
  const sampler = new MovingSampler(params, constants, buffers);
  const { stepX, stepY, stepZ, perOne, total } = sampler;
  const own = new Float64Array(binCount * binCount);
  const stop = Math.min(total, end * blockSamples);
  sampler.seek(begin * blockSamples);
  for (let index = begin * blockSamples; index < stop; index++, sampler.advance()) {
    if (!sampler.locate()) continue;
    const tx = (sampler.tx * perOne * 16384) | 0;
    const ty = (sampler.ty * perOne * 16384) | 0;
    const tz = (sampler.tz * perOne * 16384) | 0;
    const n = sampler.first;
    const f = n + stepZ;
    const m000 = fineBin(moving[n], low, scale, most) | 0;
    const m100 = fineBin(moving[n + stepX], low, scale, most) | 0;
    const m010 = fineBin(moving[n + stepY], low, scale, most) | 0;
    const m110 = fineBin(moving[n + stepY + stepX], low, scale, most) | 0;
    const m001 = fineBin(moving[f], low, scale, most) | 0;
    const m101 = fineBin(moving[f + stepX], low, scale, most) | 0;
    const m011 = fineBin(moving[f + stepY], low, scale, most) | 0;
    const m111 = fineBin(moving[f + stepY + stepX], low, scale, most) | 0;
    const v0 = between(between(m000, m100, tx), between(m010, m110, tx), ty);
    const v1 = between(between(m001, m101, tx), between(m011, m111, tx), ty);
    const fine = between(v0, v1, tz);
    const w = 2 * (fine & 1023);
    const b = fixedBin(fixed[sampler.fixedIndex], fixedLow, fixedScale, binCount) * binCount + (fine >> 10);
    own[b] += window[w] & 0xffff;
    own[b + 1] += window[w] >>> 16;
    own[b + 2] += window[w + 1] & 0xffff;
    own[b + 3] += window[w + 1] >>> 16;
  }
  for (let b = 0; b < own.length; b++) {
    if (own[b] === 0) continue;
    const low32 = own[b] >>> 0;
    const before = Atomics.add(bins, 2 * b, low32);
    const high = Math.floor(own[b] / 2 ** 32) + (before + low32 >= 2 ** 32 ? 1 : 0);
    if (high > 0) Atomics.add(bins, 2 * b + 1, high);
  }
}

/** Units are blocks of samples; sums of integers, so any split gives the same. */
export const jointHistogramCpu: CpuKernel<JointHistogramParams, JointHistogramBinding> = {
  units: blocksOf,
  run: jointHistogramMain,
};
