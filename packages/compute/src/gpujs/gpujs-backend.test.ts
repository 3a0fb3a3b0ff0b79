import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { BackendUnavailableError, KernelError, KernelUnsupportedError } from '../errors.ts';
import { defineKernel } from '../kernel.ts';
import { checkCase, prepareCase } from '../testing/check-case.ts';
import type { KernelCase } from '../testing/cases.ts';
import { type FixtureBinding, type FixtureParams, multiply } from '../testing/fixture-kernels.ts';
import { randomIntegers } from '../testing/random.ts';
import { listAdapters } from '../webgpu/gpu.ts';
import type { GpuJsForm, GpuJsFunction, GpuJsThread } from './form.ts';
import { createGpuJsBackend } from './gpujs-backend.ts';
import { gpuJsArray } from './inputs.ts';

const COUNT = 1003;

/** Words below 2¹², so that products by small factors are whole floats; results as halves. */
function multiplyHalves(this: GpuJsThread, src: number[], factor: number): number {
  const product = src[Math.floor(this.thread.x / 2)] * factor;
  const high = Math.floor(product / 65536);
  if (this.thread.x % 2 === 1) {
    return high;
  }
  return product - 65536 * high;
}

function form(thread: GpuJsFunction): GpuJsForm<FixtureParams, FixtureBinding> {
  return {
    passes: ({ params: { count, factor }, buffers: { src, dst } }) => {
      const { values, size } = gpuJsArray(dst.u16, [2 * count]);
      return [{ thread, args: [gpuJsArray(src.u32, [count]), factor], output: size, into: values }];
    },
  };
}

const kernel = defineKernel({ ...multiply, gpujs: form(multiplyHalves) });

const fixtureCase: KernelCase<FixtureParams, FixtureBinding> = {
  id: `count=${COUNT}`,
  params: { count: COUNT, factor: 1001 },
  buffers: (seed) => ({
    src: { init: randomIntegers(seed, new Uint32Array(COUNT), 0, 4095) },
    dst: { sizeBytes: 4 * COUNT },
  }),
};

const hasAdapter = (await listAdapters()).length > 0;
it.skipIf(hasAdapter)('WebGPU mode of gpu.js did not run: no WebGPU adapter', () => undefined);

describe.each([
  ['webasm', 'WebAssembly mode'] as const,
  ['cpu', 'CPU mode'] as const,
  ...(hasAdapter ? [['webgpu', 'WebGPU mode, .+'] as const] : []),
])('gpu.js backend [gpujs: %s]', (gpuJsMode, name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createGpuJsBackend({ gpuJsMode });
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  it('says which engine it runs on', () => {
    expect(backend.kind).toBe('gpujs');
    expect(backend.info.name).toMatch(new RegExp(`^gpu\\.js \\d+\\.\\d+\\.\\d+, ${name}`));
    expect(backend.info.features).toEqual([gpuJsMode]);
  });

  it('passes the check of a case, again with another size', async () => {
    expect(await checkCase(backend, prepareCase(kernel, fixtureCase), { where: 'here' })).toBeUndefined();
    const small = { ...fixtureCase, params: { count: 7, factor: 3 } };
    const prepared = prepareCase(kernel, {
      ...small,
      buffers: () => ({ src: { init: Uint32Array.of(1, 2, 3, 4, 5, 6, 4095) }, dst: { sizeBytes: 28 } }),
    });
    expect(await checkCase(backend, prepared, { where: 'here' })).toBeUndefined();
  });

  it('finds a form that computes something else', async () => {
    const wrong = defineKernel({
      ...multiply,
      gpujs: form(function offByOne(this: GpuJsThread, src: number[], factor: number): number {
        return src[Math.floor(this.thread.x / 2)] * factor + 1;
      }),
    });
    const prepared = prepareCase(kernel, fixtureCase);
    const failure = await checkCase(backend, { ...prepared, kernel: wrong }, { where: 'here' });
    expect(failure?.problems[0].text).toMatch(/1003 of 1003 elements differ/);
  });

  it('refuses a kernel without a form', () => {
    const buffers = { src: backend.createBuffer('src', 4), dst: backend.createBuffer('dst', 4) };
    const launch = () => backend.dispatch(multiply, { params: { count: 1, factor: 1 }, buffers });
    expect(launch).toThrow(KernelUnsupportedError);
    expect(launch).toThrow(expect.objectContaining({ code: 'KERNEL_UNSUPPORTED' }));
    for (const buffer of Object.values(buffers)) backend.release(buffer);
  });

  it('keeps recorded order and the bytes of released buffers until they were used', async () => {
    const src = backend.createBuffer('src', 8, Uint32Array.of(5, 6));
    const dst = backend.createBuffer('dst', 8);
    const launch = (factor: number) =>
      backend.dispatch(kernel, { params: { count: 2, factor }, buffers: { src, dst } });
    launch(2);
    const first = backend.read(dst);
    backend.write(src, 4, Uint32Array.of(100));
    launch(3);
    const second = backend.read(dst, 4);
    backend.clear(dst);
    backend.release(src);
    expect(new Uint32Array(await first)).toEqual(Uint32Array.of(10, 12));
    expect(new Uint32Array(await second)).toEqual(Uint32Array.of(300));
    expect(new Uint32Array(await backend.read(dst))).toEqual(new Uint32Array(2));
    backend.release(dst);
    expect(() => backend.clear(dst)).toThrow(KernelError);
    expect(backend.memory().aliveBytes).toBe(0);
  });

  it('times each launch', async () => {
    const src = backend.createBuffer('src', 4);
    const dst = backend.createBuffer('dst', 4);
    backend.startTimings();
    for (const factor of [1, 2]) backend.dispatch(kernel, { params: { count: 1, factor }, buffers: { src, dst } });
    const timings = await backend.takeTimings();
    expect(timings.map(({ label }) => label)).toEqual(['multiply#', 'multiply#']);
    expect(timings.every(({ timeNs }) => timeNs > 0)).toBe(true);
    backend.release(src);
    backend.release(dst);
  });
});

describe('gpu.js without what it needs', () => {
  it('says that an engine is not there: WebGL 2 belongs to browsers', async () => {
    await expect(createGpuJsBackend({ gpuJsMode: 'webgl2' })).rejects.toThrow(BackendUnavailableError);
  });
});
