import { createGpuJsBackend } from '@efface/compute';
import { checkCase, type KernelCase, prepareCase, randomF32, reportFailure } from '@efface/compute/testing';
import { describe, expect, it } from 'vitest';
import { volumeBuffers, volumeConstants } from '../shared/volume-case.ts';
import { type ResampleGridBinding, type ResampleGridParams } from './resample-grid.gen.ts';
import { resampleGrid } from './resample-grid.ts';

const FRACTION_BITS = 18;

/** Oblique rows through a long source: positions of up to 2³⁰, of which a float would keep 24 bits. */
function farCase(isNearest: 0 | 1): KernelCase<ResampleGridParams, ResampleGridBinding> {
  const sourceSizeIjk = [4090, 4, 3] as const;
  const targetSizeIjk = [257, 3, 5] as const;
  const fixed = (...voxels: readonly number[]) =>
    voxels.map((v) => Math.round(v * 2 ** FRACTION_BITS)) as unknown as readonly [number, number, number];
  return {
    id: `far;nearest=${isNearest}`,
    params: {
      sourceSizeIjk,
      targetSizeIjk,
      taps: [2, 1, 3],
      outsideValue: -1000,
      origin: fixed(409.3, 0.01, 0.003),
      stepI: fixed(14.123456, 0.0003, 0.0002),
      stepJ: fixed(1.7, 0.7, -0.0001),
      stepK: fixed(-100.7, 0.1, 0.37),
      tapI: fixed(7.061728, 0.00015, 0.0001),
      tapJ: fixed(1.7, 0.7, -0.0001),
      tapK: fixed(-33.57, 0.03, 0.12),
      perMmX: [0, 0, 0],
      perMmY: [0, 0, 0],
      perMmZ: [0, 0, 0],
    },
    constants: { ...volumeConstants('f32'), FRACTION_BITS, IS_NEAREST: isNearest },
    buffers: (seed) => ({
      ...volumeBuffers(randomF32(seed, 4090 * 4 * 3, 0, 2000)),
      rescale: { init: randomF32(seed + 1, 6, 0.5, 2) },
      displacement: { sizeBytes: 4 },
      dst: { sizeBytes: 4 * 257 * 3 * 5 },
    }),
  };
}

describe.each(['webasm', 'cpu'] as const)('resample-grid through gpu.js [gpujs: %s]', (gpuJsMode) => {
  it.each([0, 1] as const)('keeps all bits of positions a float does not hold, nearest = %i', async (isNearest) => {
    await using backend = await createGpuJsBackend({ gpuJsMode });
    const failure = await checkCase(backend, prepareCase(resampleGrid, farCase(isNearest)), { where: gpuJsMode });
    expect(failure && reportFailure(failure)).toBeUndefined();
  });
});
