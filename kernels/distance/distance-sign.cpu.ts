import { type CpuKernel } from '@efface/compute';
import { type DistanceSignBinding, type DistanceSignParams } from './distance-sign.gen.ts';

function distanceSignMain(
  outside: Float32Array,
  inside: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  for (let n = 4 * begin; n < 4 * end; n++) dst[n] = outside[n] - inside[n];
}

/** Units are groups of four voxels. */
export const distanceSignCpu: CpuKernel<DistanceSignParams, DistanceSignBinding> = {
  units: ({ count }) => count,
  run: ({ buffers: { outside, inside, dst }, begin, end }) =>
    distanceSignMain(outside.f32, inside.f32, dst.f32, begin, end),
};
