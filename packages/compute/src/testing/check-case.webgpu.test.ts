// The check of a backend on shaders that are wrong while their twins are right.
import { afterAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../errors.ts';
import { createWebGpuBackend } from '../webgpu/index.ts';
import type { KernelCase } from './cases.ts';
import { checkCase, prepareCase } from './check-case.ts';
import { type FixtureBinding, fixtureKernel, type FixtureParams, multiply } from './fixture-kernels.ts';
import { randomU32 } from './random.ts';

const COUNT = 1000;

const fixtureCase: KernelCase<FixtureParams, FixtureBinding> = {
  id: `count=${COUNT}`,
  params: { count: COUNT, factor: 3 },
  buffers: (seed) => ({ src: { init: randomU32(seed, COUNT) }, dst: { sizeBytes: 4 * COUNT } }),
};

/** `multiply` with another shader. */
const shader = (id: string, body: string) => fixtureKernel(id, body, (slab) => multiply.cpu.run(slab));

describe('the check of shaders', async () => {
  // Without robust accesses, so that what is out of range is really reached.
  const opened = await createWebGpuBackend({ robustness: false }).catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) return error;
    throw error;
  });
  if (opened instanceof BackendUnavailableError) {
    it.skipIf(true)(`webgpu did not run: ${opened.message}`, () => undefined);
    return;
  }
  afterAll(() => opened[Symbol.asyncDispose]());

  describe(`[webgpu: ${opened.info.name}, no robustness]`, () => {
    it.each([
      ['passes one that is right', 'dst[i] = src[i] * params.factor;', ''],
      [
        'finds wrong values',
        'dst[i] = src[i] * params.factor + u32(i == 17u);',
        'dst: 1 of 1000 elements differ (exact)',
      ],
      [
        'finds an element that is never written',
        'if (i != 5u) { dst[i] = src[i] * params.factor; }',
        'dst: 1 of 1000 elements differ (exact)',
      ],
      [
        'finds a write beyond the end',
        'dst[i] = src[i] * params.factor; if (i == 0u) { dst[params.count + 3u] = 1u; }',
        'dst: written beyond its end',
      ],
      [
        'finds a read beyond the end that matters',
        'dst[i] = src[i + u32(i == params.count - 1u)] * params.factor;',
        'dst: 1 of 1000 elements differ (exact)',
      ],
    ])('%s', async (title, body, expected) => {
      // Pipelines are cached by kernel id.
      const kernel = shader(title, body);
      const failure = await checkCase(opened, prepareCase(kernel, fixtureCase), { where: 'webgpu' });
      expect((failure?.problems ?? []).map(({ binding, text }) => `${binding}: ${text}`).join('; ')).toBe(expected);
    });
  });
});
