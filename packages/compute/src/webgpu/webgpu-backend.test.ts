// What the backend decides on the host, on Dawn's null device: it validates all work and does none.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Backend } from '../backend.ts';
import { DeviceLostError, DeviceMemoryError, KernelError } from '../errors.ts';
import { defineKernel, type Kernel } from '../kernel.ts';
import { fixtureKernel, multiply } from '../testing/fixture-kernels.ts';
import { withBackend } from '../with-backend.ts';
import { type OpenDevice, openDevice } from './device.ts';
import { createWebGpuBackend, WebGpuBackend } from './webgpu-backend.ts';

const MIB = 2 ** 20;
const PARAMS = { count: 4, factor: 3 };

const nothing = (): void => undefined;
const open = (options = {}): Promise<Backend> => createWebGpuBackend({ validateOnly: true, ...options });

describe('WebGPU backend on the null device', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await open();
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const run = (kernel: Kernel<typeof PARAMS, 'src' | 'dst'>): Promise<void> => {
    const src = backend.createBuffer('src', 16);
    const dst = backend.createBuffer('dst', 16);
    backend.dispatch(kernel, { params: PARAMS, buffers: { src, dst } });
    backend.release(src);
    backend.release(dst);
    return backend.flush();
  };

  it('names the place in a shader that does not compile, each time', async () => {
    const broken = fixtureKernel('broken', 'dst[i] = src[i] * params.factor + 1.5;', nothing);
    const expected =
      /^broken#: broken:11:12: no matching overload.*\n {4} {2}dst\[i\] = src\[i\] \* params\.factor \+ 1\.5;/s;
    await expect(run(broken)).rejects.toThrow(KernelError);
    await expect(run(broken)).rejects.toThrow(expected);
    await expect(run(multiply)).resolves.toBeUndefined();
  });

  it('names the variant whose constants the device does not take', async () => {
    const src = backend.createBuffer('src', 16);
    const dst = backend.createBuffer('dst', 16);
    backend.dispatch(multiply, { params: PARAMS, constants: { WG_X: 512 }, buffers: { src, dst } });
    await expect(backend.flush()).rejects.toThrow(/^multiply#WG_X=512: .*\b512\b.*\b256\b/s);
  });

  it('finds a reflection that does not fit its shader', async () => {
    const { source } = multiply;
    const bindings = source.bindings.map((binding) => ({ ...binding, access: 'read' as const }));
    const stale = defineKernel({ ...multiply, source: { ...source, id: 'stale', bindings } });
    await expect(run(stale)).rejects.toThrow(/^stale#: /);
  });

  it('refuses a buffer larger than a binding, with the numbers', async () => {
    await using small = await open({ maxBindingBytes: 1000 });
    expect(small.maxBindingBytes).toBe(1000);
    expect(() => small.createBuffer('ct', 1001)).toThrow(DeviceMemoryError);
    expect(() => small.createBuffer('ct', 1001)).toThrow(/^ct needs 1001 bytes in one piece, .* binds at most 1000;/);
    // The null device has WebGPU's default limits.
    expect(backend.maxBindingBytes).toBe(128 * MIB);
  });

  it('says when memory is out, and works on when some was freed', async () => {
    // Dawn's null device has 512 MiB.
    const buffers = Array.from({ length: 5 }, (_, n) => backend.createBuffer(`b${n}`, 128 * MIB));
    for (const buffer of buffers) backend.clear(buffer);
    await expect(backend.flush()).rejects.toThrow(DeviceMemoryError);
    for (const buffer of buffers) backend.release(buffer);
    await backend.flush();
    await expect(run(multiply)).resolves.toBeUndefined();
    expect(backend.memory().aliveBytes).toBe(0);
    expect(backend.memory().peakBytes).toBe(5 * 128 * MIB);
  });

  it('frees large buffers as it goes: 2 GiB one after another fit into 512 MiB without a flush', async () => {
    for (let n = 0; n < 16; n++) {
      const buffer = backend.createBuffer(`b${n}`, 128 * MIB);
      backend.clear(buffer);
      backend.release(buffer);
    }
    await expect(backend.flush()).resolves.toBeUndefined();
    expect(backend.memory().peakBytes).toBeLessThanOrEqual(3 * 128 * MIB);
  });

  it('gives small buffers out again', async () => {
    for (let n = 0; n < 10; n++) await run(multiply);
    expect(backend.memory()).toEqual({ aliveBytes: 0, pooledBytes: 512, peakBytes: 512 });
  });

  it('refuses what would corrupt: foreign and released buffers, ranges outside, parts of words', async () => {
    await using other = await open();
    const foreign = other.createBuffer('foreign', 16);
    const buffer = backend.createBuffer('own', 1022);
    const word = new Uint8Array(4);
    expect(() => backend.clear(foreign)).toThrow('buffer foreign belongs to another backend');
    expect(() => backend.write(buffer, 1024, word)).toThrow(
      'buffer own has 1022 bytes; 4 bytes from 1024 are not in it',
    );
    expect(() => backend.write(buffer, -4, word)).toThrow(KernelError);
    expect(() => backend.write(buffer, 2, word)).toThrow(KernelError);
    expect(() => backend.write(buffer, 0, new Uint8Array(3))).toThrow(/end inside a word/);
    expect(() => backend.write(buffer, 1020, new Uint8Array(2))).not.toThrow();
    expect(() => backend.subBuffer(buffer, 128, 16)).toThrow(/multiple of 256 bytes, not at 128/);
    expect(() => backend.subBuffer(buffer, 768, 260)).toThrow(/are not in it/);
    expect(() => backend.createBuffer('none', 0)).toThrow('buffer none cannot have 0 bytes');
    expect(() => backend.createBuffer('tight', 4, new Uint8Array(5))).toThrow('has 4 bytes, its contents 5');
    await expect(backend.read(buffer, 1020, 8)).rejects.toThrow(KernelError);
    const part = backend.subBuffer(buffer, 256, 16);
    expect(() => backend.release(part)).toThrow(/a part of a buffer is not released/);
    backend.release(buffer);
    expect(() => backend.clear(buffer)).toThrow('buffer own was released');
    expect(() => backend.release(buffer)).toThrow('buffer own was released');
    expect(() => backend.clear(part)).toThrow('buffer own was released');
  });

  it('refuses one buffer as input and output', () => {
    const buffer = backend.createBuffer('both', 1024);
    const parts = { src: backend.subBuffer(buffer, 0, 16), dst: backend.subBuffer(buffer, 256, 16) };
    for (const buffers of [{ src: buffer, dst: buffer }, parts])
      expect(() => backend.dispatch(multiply, { params: PARAMS, buffers })).toThrow(
        'multiply: src and dst are bound to one buffer, both, and one is written',
      );
  });

  it('binds a short part at the very end of a large buffer', async () => {
    const src = backend.createBuffer('src', 16 * MIB + 4);
    const dst = backend.createBuffer('dst', 16);
    const end = backend.subBuffer(src, 16 * MIB, 4);
    backend.dispatch(multiply, { params: { count: 1, factor: 3 }, buffers: { src: end, dst } });
    await expect(backend.flush()).resolves.toBeUndefined();
  });

  it('has no timings when none were asked for, and is of no use once closed', async () => {
    await run(multiply);
    await expect(backend.takeTimings()).resolves.toEqual([]);
    await backend[Symbol.asyncDispose]();
    await expect(backend.flush()).rejects.toThrow('the WebGPU backend has been closed');
    expect(() => backend.createBuffer('late', 16)).toThrow('the WebGPU backend has been closed');
  });
});

describe('a lost device', () => {
  /** A backend whose device can be taken away, as a driver reset does. */
  const opened: OpenDevice[] = [];
  const openLosable = async (): Promise<Backend> => {
    const device = await openDevice({ validateOnly: true });
    opened.push(device);
    return new WebGpuBackend(device);
  };
  const lose = (): void => opened.at(-1)?.device.destroy();

  it('is told by everything that waits or comes after', async () => {
    await using backend = await openLosable();
    const buffer = backend.createBuffer('buffer', 16);
    backend.clear(buffer);
    const read = backend.read(buffer);
    lose();
    await expect(read).rejects.toThrow(DeviceLostError);
    await expect(backend.flush()).rejects.toThrow(DeviceLostError);
    expect(() => backend.createBuffer('next', 16)).toThrow(/ was lost: /);
  });

  it('is replaced once: the work starts again and its result counts', async () => {
    const devices: Backend[] = [];
    const result = await withBackend(openLosable, async (backend) => {
      devices.push(backend);
      const buffer = backend.createBuffer('buffer', 16);
      if (devices.length === 1) lose();
      await backend.read(buffer);
      return devices.length;
    });
    expect(result).toBe(2);
    expect(devices[0]).not.toBe(devices[1]);
    for (const device of devices) expect(() => device.createBuffer('late', 16)).toThrow('has been closed');
  });

  it('is given up when the second is lost too, and other errors are not tried again', async () => {
    let runs = 0;
    const losing = async (backend: Backend): Promise<void> => {
      runs++;
      lose();
      await backend.flush();
    };
    await expect(withBackend(openLosable, losing)).rejects.toThrow(DeviceLostError);
    expect(runs).toBe(2);
    const failing = (): Promise<void> => Promise.reject(new KernelError(`run ${++runs}`));
    await expect(withBackend(openLosable, failing)).rejects.toThrow('run 3');
    expect(runs).toBe(3);
  });
});
