// A check that cannot fail is a defect: every way a kernel can be wrong is tried here on one that is.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { createCpuBackend } from '../cpu/cpu-backend.ts';
import type { Kernel } from '../kernel.ts';
import type { KernelCase } from './cases.ts';
import { type CaseFailure, checkCase, checkTwin, prepareCase } from './check-case.ts';
import { rawNifti, reportFailure } from './dump.ts';
import { type FixtureBinding, fixtureKernel, type FixtureParams, multiply } from './fixture-kernels.ts';
import { randomU32 } from './random.ts';
import { tuningPoints } from './twin.ts';

const COUNT = 1000;

const fixtureCase: KernelCase<FixtureParams, FixtureBinding> = {
  id: `count=${COUNT}`,
  params: { count: COUNT, factor: 3 },
  buffers: (seed) => ({ src: { init: randomU32(seed, COUNT) }, dst: { sizeBytes: 4 * COUNT } }),
};

type Run = Parameters<typeof fixtureKernel>[2];

/** A kernel that multiplies and does one thing wrong. */
function wrong(id: string, mistake: Run): Kernel<FixtureParams, FixtureBinding> {
  return fixtureKernel(id, '', (slab) => {
    multiply.cpu.run(slab);
    mistake(slab);
  });
}

function texts(failure: CaseFailure | undefined): string {
  return (failure?.problems ?? []).map(({ binding, text }) => `${binding}: ${text}`).join('; ');
}

describe('the twin check', () => {
  it('passes a twin that is right', () => {
    expect(checkTwin(prepareCase(multiply, fixtureCase))).toBeUndefined();
  });

  it.each([
    [
      'writes one word beyond its output',
      wrong('beyond', ({ buffers }) => (buffers.dst.u32[COUNT] = 1)),
      /dst: written beyond/,
    ],
    [
      'writes beyond its input',
      wrong('beyond-input', ({ buffers }) => (buffers.src.u8[4 * COUNT] = 1)),
      /src: written beyond/,
    ],
    ['writes its input', wrong('input', ({ buffers }) => (buffers.src.u32[5] ^= 1)), /src: input changed/],
    [
      'reads beyond its input',
      wrong('reads-beyond', ({ buffers }) => (buffers.dst.u32[0] = buffers.src.u32[COUNT])),
      /dst: depends on what lies beyond a buffer/,
    ],
    [
      'gives every slab a say',
      wrong('slab', ({ buffers, begin }) => (buffers.dst.u32[begin] = begin)),
      /dst: depends on how the work is cut/,
    ],
    [
      'does the end of its range only',
      fixtureKernel('last', '', ({ buffers, end }) => (buffers.dst.u32[end - 1] = 1)),
      /depends on how the work is cut/,
    ],
  ])('finds a twin that %s', (_, kernel, message) => {
    expect(texts(checkTwin(prepareCase(kernel, fixtureCase)))).toMatch(message);
  });

  it('finds NaN in an f32 output', () => {
    const kernel = wrong('nan', ({ buffers }) => (buffers.dst.f32[7] = Number.NaN));
    const asFloat: typeof fixtureCase = {
      ...fixtureCase,
      buffers: () => ({ src: { sizeBytes: 4 * COUNT }, dst: { sizeBytes: 4 * COUNT, element: 'f32' } }),
    };
    expect(texts(checkTwin(prepareCase(kernel, asFloat)))).toMatch(/dst: 1 of 1000 elements are NaN/);
  });

  it('keeps the declared size visible while it guards', () => {
    const kernel = fixtureKernel('lengths', '', ({ buffers }) => {
      buffers.dst.u32.fill(buffers.dst.u8.length);
      buffers.dst.u32.subarray(1).fill(2);
      buffers.dst.u32[2] = buffers.src.i16.length;
    });
    const { problems } = checkTwin(prepareCase(kernel, fixtureCase)) ?? { problems: [] };
    expect(problems).toEqual([]);
  });
});

describe('the check of a backend [cpu: calling thread]', () => {
  let backend: Backend;
  beforeAll(() => {
    const workerUrl = new URL('./fixture-worker.ts', import.meta.url);
    backend = createCpuBackend({ workerUrl, registry: {}, threads: 0 });
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  const check = (kernel: Kernel<FixtureParams, FixtureBinding>) =>
    checkCase(backend, prepareCase(kernel, fixtureCase), { where: 'here' });

  it('passes a kernel that is right, at every tuning point', async () => {
    expect(await check(multiply)).toBeUndefined();
    expect(tuningPoints(multiply)).toEqual([{ WG_X: 32 }]);
    const prepared = prepareCase(multiply, fixtureCase);
    for (const constants of tuningPoints(multiply))
      expect(await checkCase(backend, prepared, { constants, where: 'here' })).toBeUndefined();
  });

  it('finds values that are not those of the twin, and says which', async () => {
    const prepared = prepareCase(multiply, fixtureCase);
    const off = wrong('off', ({ buffers }) => (buffers.dst.u32[17] += 1));
    const failure = await checkCase(backend, { ...prepared, kernel: off }, { where: 'here' });
    expect(texts(failure)).toMatch(/dst: 1 of 1000 elements differ/);
    const expected = Math.imul(randomU32(20_260_101, COUNT)[17], 3) >>> 0;
    expect(failure?.problems[0].first).toEqual([{ index: 17, expected, actual: (expected + 1) >>> 0 }]);
  });

  it('finds writes outside a buffer, on both sides', async () => {
    const reach = (offsetBytes: (sizeBytes: number) => number) => (slab: Parameters<Run>[0]) => {
      const { buffer, byteOffset, byteLength } = slab.buffers.dst.u8;
      new Uint8Array(buffer)[byteOffset + offsetBytes(byteLength)] ^= 1;
    };
    // The single-thread reference has no room before its buffers, so it comes from the right kernel.
    const prepared = prepareCase(multiply, fixtureCase);
    const before = {
      ...prepared,
      kernel: wrong(
        'before',
        reach(() => -1),
      ),
    };
    expect(texts(await checkCase(backend, before, { where: 'here' }))).toBe('dst: written before its start');
    const after = {
      ...prepared,
      kernel: wrong(
        'after',
        reach((sizeBytes) => sizeBytes),
      ),
    };
    expect(texts(await checkCase(backend, after, { where: 'here' }))).toBe('dst: written beyond its end');
  });

  it('finds an input that changed', async () => {
    const kernel = wrong('input', ({ buffers }) => (buffers.src.u32[5] ^= 1));
    expect(texts(await check(kernel))).toMatch(/src: input changed/);
  });

  it('finds results that depend on the run', async () => {
    let runs = 0;
    const kernel = wrong('runs', ({ buffers }) => (buffers.dst.u32[0] = runs++));
    expect(texts(await check(kernel))).toMatch(/second run gave other bytes/);
  });

  it('finds bytes left alive', async () => {
    let leaked: ReturnType<Backend['createBuffer']> | undefined;
    const kernel = wrong('leak', () => void (leaked ??= backend.createBuffer('leak', 64)));
    const prepared = { ...prepareCase(multiply, fixtureCase), kernel };
    expect(texts(await checkCase(backend, prepared, { where: 'here' }))).toMatch(/64 bytes were left alive/);
    if (leaked !== undefined) backend.release(leaked);
  });
});

describe('the report of a failed case', () => {
  it('leaves files to look at and the command to run it again', () => {
    const sizeIjk = [10, 10, 10];
    const kernel = wrong('report', ({ buffers }) => (buffers.dst.u32[COUNT] = 1));
    const onGrid = { ...fixtureCase, id: 'size=[10,10,10]' };
    const failure = checkTwin(prepareCase(kernel, onGrid));
    if (failure === undefined) throw new Error('the kernel is wrong and was not found out');
    const first = [{ index: 123, expected: 4, actual: 5 }];
    const problems = [{ binding: 'dst', text: '1 of 1000 elements differ', element: 'u32' as const, first }];
    const kernelCase = { ...onGrid, params: { ...onGrid.params, sizeIjk } };
    const report = reportFailure({ ...failure, kernelCase, problems });
    expect(report).toContain('report:size=[10,10,10] is wrong on twin');
    expect(report).toContain('[i=3, j=2, k=1] expected 4, found 5');
    expect(report).toContain("npm run kernel -- 'report:size=[10,10,10]'");
    const folder = /files: (.*)/.exec(report)?.[1] ?? '';
    try {
      const files = ['case.json', 'dst-actual.nii', 'dst-difference.nii', 'dst-expected.nii', 'dst-input.nii'];
      expect(readdirSync(folder).sort()).toEqual([...files, 'src-input.nii']);
      expect(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'))).toMatchObject({
        case: 'report:size=[10,10,10]',
      });
      expect(readFileSync(join(folder, 'dst-expected.nii')).readInt16LE(42)).toBe(10);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(existsSync(folder)).toBe(false);
  });

  it('raw files are NIfTI-1: sizes, type, offset, magic', () => {
    const file = rawNifti(Float32Array.from({ length: 40_000 }, (_, index) => index));
    const header = new DataView(file.buffer);
    expect(header.getInt32(0, true)).toBe(348);
    expect([0, 1, 2, 3].map((n) => header.getInt16(40 + 2 * n, true))).toEqual([3, 32_767, 2, 1]);
    expect([header.getInt16(70, true), header.getInt16(72, true)]).toEqual([16, 32]);
    expect(header.getFloat32(108, true)).toBe(352);
    expect(new TextDecoder().decode(file.subarray(344, 348))).toBe('n+1\0');
    expect(file.length).toBe(352 + 4 * 2 * 32_767);
    expect(header.getFloat32(352 + 4 * 39_999, true)).toBe(39_999);
  });
});
