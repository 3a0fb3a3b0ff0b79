import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { BackendUnavailableError, KernelError } from '../errors.ts';
import { accumulate, crashing, fixtureKernel, fixtureRegistry, multiply, scatter, throwing } from '../testing/fixture-kernels.ts'; // prettier-ignore
import { randomU32 } from '../testing/random.ts';
import { type CpuBackendOptions, createCpuBackend } from './cpu-backend.ts';

const COUNT = 100_003;

function open(options: Partial<CpuBackendOptions> = {}): Backend {
  const workerUrl = new URL('../testing/fixture-worker.ts', import.meta.url);
  return createCpuBackend({ workerUrl, registry: fixtureRegistry, ...options });
}

describe.each([
  ['calling thread', { threads: 0 }],
  ['1 thread', { threads: 1, inlineBelowNs: 0, slabNs: 0 }],
  ['3 threads', { threads: 3, inlineBelowNs: 0, slabNs: 0 }],
  ['2 threads, small work whole', { threads: 2, inlineBelowNs: 0 }],
  ['default policy', { threads: 2 }],
])('CPU backend [cpu: %s]', (_, options) => {
  let backend: Backend;
  beforeAll(() => {
    backend = open(options);
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  it('runs a dispatch on every unit once', async () => {
    const src = randomU32(1, COUNT);
    const a = backend.createBuffer('a', src.byteLength, src);
    const b = backend.createBuffer('b', src.byteLength, src);
    backend.dispatch(accumulate, { params: { count: COUNT, factor: 0 }, buffers: { src: a, dst: b } });
    backend.dispatch(accumulate, { params: { count: COUNT, factor: 0 }, buffers: { src: a, dst: b } });
    expect(new Uint32Array(await backend.read(b))).toEqual(src.map((v) => 3 * v));
    expect(new Uint32Array(await backend.read(a))).toEqual(src);
    backend.release(a);
    backend.release(b);
  });

  it('keeps recorded order: write, dispatch, write again, clear, release before submit', async () => {
    const src = backend.createBuffer('src', 4 * COUNT);
    const first = backend.createBuffer('first', 4 * COUNT);
    const second = backend.createBuffer('second', 4 * COUNT);
    const values = new Uint32Array(COUNT).fill(7);
    backend.write(src, 0, values);
    // The backend took a copy: what the caller does to its array afterwards changes nothing.
    values.fill(9);
    backend.dispatch(multiply, { params: { count: COUNT, factor: 2 }, buffers: { src, dst: first } });
    backend.write(src, 4 * (COUNT - 1), Uint32Array.of(100));
    backend.dispatch(multiply, { params: { count: COUNT, factor: 3 }, buffers: { src, dst: second } });
    backend.clear(src);
    const cleared = backend.read(src);
    backend.release(src);
    const expected = new Uint32Array(COUNT).fill(14);
    expect(new Uint32Array(await backend.read(first))).toEqual(expected);
    expected.fill(21)[COUNT - 1] = 300;
    expect(new Uint32Array(await backend.read(second))).toEqual(expected);
    expect(new Uint32Array(await cleared)).toEqual(new Uint32Array(COUNT));
    backend.release(first);
    backend.release(second);
  });

  it('sums with integer atomics come out the same for any split', async () => {
    const src = randomU32(2, COUNT);
    const expected = new Uint32Array(256);
    for (const value of src) expected[value & 255] += 5;
    const a = backend.createBuffer('a', src.byteLength, src);
    const bins = backend.createBuffer('bins', 1024);
    backend.dispatch(scatter, { params: { count: COUNT, factor: 5 }, buffers: { src: a, dst: bins } });
    expect(new Uint32Array(await backend.read(bins))).toEqual(expected);
    backend.release(a);
    backend.release(bins);
  });

  it('new buffers are zero even in reused memory', async () => {
    for (let round = 0; round < 3; round++) {
      const dirty = backend.createBuffer('dirty', 50_000, randomU32(3, 12_500));
      backend.release(dirty);
      const clean = backend.createBuffer('clean', 50_000);
      expect(new Uint8Array(await backend.read(clean)).every((byte) => byte === 0)).toBe(true);
      const short = backend.createBuffer('short', 49_000, Uint8Array.of(1, 2, 3));
      expect(new Uint8Array(await backend.read(short, 0, 8))).toEqual(Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0));
      backend.release(clean);
      backend.release(short);
    }
  });

  it('what was read is a copy', async () => {
    const buffer = backend.createBuffer('buffer', 16, Uint32Array.of(1, 2, 3, 4));
    const before = await backend.read(buffer, 4, 8);
    backend.clear(buffer);
    await backend.flush();
    expect(new Uint32Array(before)).toEqual(Uint32Array.of(2, 3));
    backend.release(buffer);
  });

  it('a read ahead of a release sees the bytes although the memory goes on at once', async () => {
    const first = backend.createBuffer('first', 4 * COUNT, new Uint32Array(COUNT).fill(1));
    const reading = backend.read(first);
    backend.release(first);
    const second = backend.createBuffer('second', 4 * COUNT, new Uint32Array(COUNT).fill(2));
    const third = backend.createBuffer('third', 4 * COUNT);
    backend.dispatch(multiply, { params: { count: COUNT, factor: 3 }, buffers: { src: second, dst: third } });
    expect(new Uint32Array(await backend.read(third))[COUNT - 1]).toBe(6);
    expect(new Uint32Array(await reading).every((v) => v === 1)).toBe(true);
    backend.release(second);
    backend.release(third);
  });

  it('an exception in a twin arrives as KernelError and the backend goes on', async () => {
    const src = backend.createBuffer('src', 4 * COUNT, new Uint32Array(COUNT).fill(3));
    const dst = backend.createBuffer('dst', 4 * COUNT);
    const params = { count: COUNT, factor: 5_000 };
    backend.dispatch(throwing, { params, buffers: { src, dst } });
    const failing = backend.flush();
    await expect(failing).rejects.toThrow(KernelError);
    await expect(failing).rejects.toThrow(/throwing#.*unit 5000 cannot be done/);
    backend.dispatch(multiply, { params: { count: COUNT, factor: 2 }, buffers: { src, dst } });
    expect(new Uint32Array(await backend.read(dst)).every((v) => v === 6)).toBe(true);
    backend.release(src);
    backend.release(dst);
  });

  it('times each dispatch, in order, only between start and take', async () => {
    const src = backend.createBuffer('src', 4 * COUNT);
    const dst = backend.createBuffer('dst', 4 * COUNT);
    const buffers = { src, dst };
    backend.dispatch(multiply, { params: { count: COUNT, factor: 1 }, buffers });
    backend.startTimings();
    backend.dispatch(multiply, { params: { count: COUNT, factor: 1 }, constants: { WG_X: 32 }, buffers });
    await backend.flush();
    backend.dispatch(accumulate, { params: { count: COUNT, factor: 1 }, buffers });
    const timings = await backend.takeTimings();
    expect(timings.map((t) => t.label)).toEqual(['multiply#WG_X=32', 'accumulate#']);
    for (const { timeNs } of timings) expect(timeNs).toBeGreaterThan(0);
    expect(await backend.takeTimings()).toEqual([]);
    backend.release(src);
    backend.release(dst);
  });

  it('sub-buffers bind exactly their bytes', async () => {
    const whole = backend.createBuffer('whole', 1024, new Uint32Array(256).fill(1));
    const src = backend.createBuffer('src', 1024, new Uint32Array(256).fill(2));
    const part = backend.subBuffer(whole, 256, 128);
    backend.dispatch(accumulate, { params: { count: 256, factor: 0 }, buffers: { src, dst: part } });
    const expected = new Uint32Array(256).fill(1).fill(3, 64, 96);
    expect(new Uint32Array(await backend.read(whole))).toEqual(expected);
    expect(() => backend.subBuffer(whole, 4, 4)).toThrow(KernelError);
    expect(() => backend.subBuffer(whole, 768, 260)).toThrow(KernelError);
    expect(() => backend.release(part)).toThrow(KernelError);
    backend.release(whole);
    backend.release(src);
  });

  it('nothing is left alive', () => {
    expect(backend.memory().aliveBytes).toBe(0);
  });
});

describe('CPU backend memory', () => {
  it('shares memory with data in shared buffers and refuses to write it', async () => {
    await using backend = open({ threads: 0 });
    const voxels = new Int16Array(new SharedArrayBuffer(8), 0, 3).fill(-2);
    const shared = backend.createBuffer('shared', 6, voxels);
    voxels[1] = 5;
    expect(new Int16Array(await backend.read(shared))).toEqual(Int16Array.of(-2, 5, -2, 0));
    const params = { count: 1, factor: 1 };
    const other = backend.createBuffer('other', 8);
    expect(() => backend.dispatch(multiply, { params, buffers: { src: other, dst: shared } })).toThrow(/shares memory/);
    expect(() => backend.write(shared, 0, Uint32Array.of(1))).toThrow(KernelError);
    expect(() => backend.clear(shared)).toThrow(KernelError);
    backend.release(shared);
    backend.release(other);
    await backend.flush();
    // The caller's memory never enters the pool.
    expect(backend.memory().pooledBytes).toBe(0);
    expect(voxels[1]).toBe(5);
  });

  it('copies when the words around the data belong to something else', async () => {
    await using backend = open({ threads: 0 });
    const bytes = new Uint8Array(new SharedArrayBuffer(8), 0, 3).fill(1);
    const buffer = backend.createBuffer('buffer', 3, bytes);
    bytes.fill(2);
    expect(new Uint8Array(await backend.read(buffer))).toEqual(Uint8Array.of(1, 1, 1, 0));
  });

  it('a chain of temporaries in one recording needs the memory of two', async () => {
    await using backend = open({ threads: 0 });
    const bytes = 2 ** 20;
    let current = backend.createBuffer('0', bytes, new Uint32Array(bytes / 4).fill(1));
    for (let step = 1; step <= 10; step++) {
      const next = backend.createBuffer(`${step}`, bytes);
      backend.dispatch(multiply, { params: { count: bytes / 4, factor: 2 }, buffers: { src: current, dst: next } });
      backend.release(current);
      current = next;
    }
    expect(new Uint32Array(await backend.read(current)).every((v) => v === 1024)).toBe(true);
    backend.release(current);
    await backend.flush();
    expect(backend.memory()).toEqual({ aliveBytes: 0, pooledBytes: 2 * bytes, peakBytes: 2 * bytes });
  });

  it('keeps no more unused memory than its cap', async () => {
    await using backend = open({ threads: 0, poolBytes: 3 * 4096 });
    for (let n = 0; n < 5; n++) backend.write(backend.createBuffer(`${n}`, 4096), 0, Uint32Array.of(1));
    await backend.flush();
    expect(backend.memory().pooledBytes).toBeLessThanOrEqual(3 * 4096);
  });
});

describe('CPU backend refusals', () => {
  it('names what does not fit a kernel', async () => {
    await using backend = open({ threads: 0 });
    await using elsewhere = open({ threads: 0 });
    const src = backend.createBuffer('src', 16);
    const dst = backend.createBuffer('dst', 16);
    const params = { count: 4, factor: 1 };
    const buffers = { src, dst };
    const refusals: [unknown, RegExp][] = [
      [{ params, buffers: { src } }, /no buffer for binding dst/],
      [{ params, buffers: { ...buffers, mask: src } }, /mask is not a binding/],
      [{ params, buffers: { src, dst: src } }, /overlap/],
      [{ params, buffers: { src: elsewhere.createBuffer('x', 16), dst } }, /another backend/],
      [{ params: { count: 4 }, buffers }, /factor is a u32, not undefined/],
      [{ params: { ...params, size: 1 }, buffers }, /size is not a field/],
      [{ params: { count: -1, factor: 1 }, buffers }, /cannot be -1/],
      [{ params: { count: 4, factor: 1.5 }, buffers }, /cannot be 1.5/],
      [{ params: { count: 4, factor: Number.NaN }, buffers }, /finite numbers only/],
      [{ params: { count: [4], factor: 1 }, buffers }, /count is a u32, not 1 numbers/],
      [{ params, constants: { WG_Y: 1 }, buffers }, /WG_Y is not an override/],
    ];
    for (const [dispatch, message] of refusals) {
      const launch = () =>
        backend.dispatch(multiply, dispatch as Parameters<typeof backend.dispatch<object, string>>[1]);
      expect(launch).toThrow(KernelError);
      expect(launch).toThrow(message);
    }
    backend.release(src);
    expect(() => backend.dispatch(multiply, { params, buffers })).toThrow(/was released/);
    expect(() => backend.release(src)).toThrow(/was released/);
    expect(() => backend.createBuffer('none', 0)).toThrow(KernelError);
    expect(() => backend.createBuffer('small', 4, new Uint32Array(2))).toThrow(KernelError);
    expect(() => backend.write(dst, 12, new Uint32Array(2))).toThrow(KernelError);
    expect(() => backend.write(dst, 2, new Uint32Array(1))).toThrow(KernelError);
    await expect(backend.read(dst, 8, 12)).rejects.toThrow(KernelError);
  });

  it('a kernel its workers do not know is refused when it is recorded', async () => {
    await using backend = open({ threads: 1 });
    const unknown = fixtureKernel('unknown', '', () => undefined);
    const src = backend.createBuffer('src', 16);
    const dst = backend.createBuffer('dst', 16);
    const dispatch = () => backend.dispatch(unknown, { params: { count: 1, factor: 1 }, buffers: { src, dst } });
    expect(dispatch).toThrow(/not in the registry/);
  });

  it('after it is closed', async () => {
    const backend = open({ threads: 0 });
    await backend[Symbol.asyncDispose]();
    expect(() => backend.createBuffer('late', 4)).toThrow(/closed/);
    expect(() => open({ threads: -1 })).toThrow(RangeError);
  });
});

describe('CPU backend threads', () => {
  it('a thread that dies is reported and replaced', async () => {
    await using backend = open({ threads: 2, inlineBelowNs: 0, slabNs: 0 });
    const src = backend.createBuffer('src', 4 * COUNT, new Uint32Array(COUNT).fill(3));
    const dst = backend.createBuffer('dst', 4 * COUNT);
    const params = { count: COUNT, factor: 2 };
    backend.dispatch(crashing, { params, buffers: { src, dst } });
    // The other thread waits for a slab that will never be done.
    await expect(backend.flush()).rejects.toThrow(BackendUnavailableError);
    backend.dispatch(multiply, { params, buffers: { src, dst } });
    expect(new Uint32Array(await backend.read(dst)).every((v) => v === 6)).toBe(true);
  });

  it('a worker file that cannot start is named', async () => {
    await using backend = open({
      threads: 1,
      inlineBelowNs: 0,
      workerUrl: new URL('./no-such-worker.ts', import.meta.url),
    });
    const buffer = backend.createBuffer('buffer', 16);
    await expect(backend.read(buffer)).rejects.toThrow(/no-such-worker\.ts/);
  });

  it('the calling thread stays free while the workers run', async () => {
    await using backend = open({ threads: 2 });
    const slow = { params: { count: 2 ** 22, factor: 1 } };
    const src = backend.createBuffer('src', 2 ** 24);
    const dst = backend.createBuffer('dst', 2 ** 24);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    // Some 6 GB of traffic: many turns of the timer wherever it runs.
    for (let n = 0; n < 200; n++) backend.dispatch(multiply, { ...slow, buffers: { src, dst } });
    await backend.flush();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
