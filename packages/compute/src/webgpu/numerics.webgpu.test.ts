// What only a device that computes can show: order, contents, folding, chunks, times.
import { allocateVoxels, type Volume, type VoxelArray, type VoxelType } from '@efface/volume';
import { afterAll, describe, expect, it } from 'vitest';
import { type DeviceBuffer, SUB_BUFFER_ALIGNMENT } from '../backend.ts';
import { releaseVolume, uploadVolume } from '../device-volume.ts';
import { BackendUnavailableError } from '../errors.ts';
import { accumulate, multiply } from '../testing/fixture-kernels.ts';
import { randomU32 } from '../testing/random.ts';
import { createWebGpuBackend } from './webgpu-backend.ts';

const COUNT = 100_003;

describe('WebGPU backend', async () => {
  const backend = await createWebGpuBackend({ maxBindingBytes: 2 ** 20 }).catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) return error;
    throw error;
  });
  if (backend instanceof BackendUnavailableError) {
    it.skipIf(true)(`webgpu did not run: ${backend.message}`, () => undefined);
    return;
  }
  afterAll(() => backend[Symbol.asyncDispose]());

  const words = async (buffer: DeviceBuffer, ...range: [number?, number?]): Promise<number[]> =>
    Array.from(new Uint32Array(await backend.read(buffer, ...range)));

  describe(`[webgpu: ${backend.info.name}]`, () => {
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
      const cleared = words(src);
      backend.release(src);
      const expected = Array<number>(COUNT).fill(14);
      expect(await words(first)).toEqual(expected);
      expected.fill(21)[COUNT - 1] = 300;
      expect(await words(second)).toEqual(expected);
      expect(await cleared).toEqual(Array<number>(COUNT).fill(0));
      backend.release(first);
      backend.release(second);
    });

    it('folds grids beyond 65 535 workgroups: each element once', async () => {
      const count = 200_003;
      const values = randomU32(1, count);
      const src = backend.createBuffer('src', values.byteLength, values);
      const dst = backend.createBuffer('dst', values.byteLength);
      // One invocation a workgroup: 200 003 of them.
      for (let n = 0; n < 2; n++)
        backend.dispatch(accumulate, { params: { count, factor: 0 }, constants: { WG_X: 1 }, buffers: { src, dst } });
      expect(new Uint32Array(await backend.read(dst))).toEqual(values.map((value) => 2 * value));
      backend.release(src);
      backend.release(dst);
    });

    it('records more launches than one submit holds, each with its own parameters', async () => {
      const one = backend.createBuffer('one', 4, Uint32Array.of(1));
      const sums = backend.createBuffer('sums', SUB_BUFFER_ALIGNMENT * 200);
      for (let n = 0; n < 200; n++) {
        const dst = backend.subBuffer(sums, SUB_BUFFER_ALIGNMENT * n, 4);
        backend.dispatch(multiply, { params: { count: 1, factor: n + 1 }, buffers: { src: one, dst } });
      }
      const found = (await words(sums)).filter((_, n) => n % (SUB_BUFFER_ALIGNMENT / 4) === 0);
      expect(found).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
      backend.release(one);
      backend.release(sums);
    });

    it('gives reused memory out zeroed, also behind the contents it starts with', async () => {
      const used = backend.createBuffer('used', 1000, randomU32(2, 250));
      backend.release(used);
      await backend.flush();
      const empty = backend.createBuffer('empty', 1000);
      expect(await words(empty)).toEqual(Array<number>(250).fill(0));
      backend.write(empty, 0, randomU32(3, 250));
      backend.release(empty);
      await backend.flush();
      const partly = backend.createBuffer('partly', 1000, Uint8Array.of(1, 2, 3, 4, 5));
      expect(await words(partly)).toEqual([0x04030201, 5, ...Array<number>(248).fill(0)]);
      backend.release(partly);
    });

    it('reads parts, and several at once', async () => {
      const values = randomU32(4, 1000);
      const buffer = backend.createBuffer('values', 4000, values);
      const part = backend.subBuffer(buffer, 512, 400);
      const [all, middle, inPart, last] = await Promise.all([
        words(buffer),
        words(buffer, 100, 40),
        words(part, 8, 4),
        words(part, 396),
      ]);
      expect(all).toEqual([...values]);
      expect(middle).toEqual([...values.subarray(25, 35)]);
      expect(inPart).toEqual([values[130]]);
      expect(last).toEqual([values[227]]);
      backend.clear(part);
      const cleared = values.slice().fill(0, 128, 228);
      expect(await words(buffer)).toEqual([...cleared]);
      backend.release(buffer);
    });

    it.skipIf(!backend.info.features.includes('timestamp-query'))(
      'times every launch, in order, over more than one set of queries (needs timestamp-query)',
      async () => {
        const src = backend.createBuffer('src', 4, Uint32Array.of(1));
        const dst = backend.createBuffer('dst', 4);
        const launch = (constants: Record<string, number>): void =>
          backend.dispatch(multiply, { params: { count: 1, factor: 1 }, constants, buffers: { src, dst } });
        launch({});
        backend.startTimings();
        for (let n = 0; n < 2100; n++) launch(n % 2 === 0 ? {} : { WG_X: 32 });
        const timings = await backend.takeTimings();
        expect(timings.map(({ label }) => label)).toEqual(
          Array.from({ length: 2100 }, (_, n) => (n % 2 === 0 ? 'multiply#' : 'multiply#WG_X=32')),
        );
        expect(timings.every(({ timeNs }) => timeNs >= 0)).toBe(true);
        expect(timings.some(({ timeNs }) => timeNs > 0)).toBe(true);
        launch({});
        await expect(backend.takeTimings()).resolves.toEqual([]);
        backend.release(src);
        backend.release(dst);
      },
    );

    it.each<[VoxelType, number]>([
      ['u8', 1],
      ['u8', 2 ** 20 + 3],
      ['i16', 2 ** 20 + 1],
      ['f32', 2 ** 20],
    ])('cuts a volume of %s at whole words: %i voxels', async (type, count) => {
      const voxels = allocateVoxels(type, count);
      for (let n = 0; n < count; n++) voxels[n] = (n * 2654435761) >>> 24;
      const volume = volumeOf(type, voxels);
      const uploaded = uploadVolume(backend, 'ct', volume);
      expect(uploaded.chunks).toHaveLength(Math.ceil(voxels.byteLength / 2 ** 20));
      const bytes = await Promise.all(uploaded.chunks.map(async (chunk) => new Uint8Array(await backend.read(chunk))));
      const whole = Buffer.concat(bytes).subarray(0, voxels.byteLength);
      expect(whole.equals(new Uint8Array(voxels.buffer, 0, voxels.byteLength))).toBe(true);
      releaseVolume(backend, uploaded);
    });

    it('leaves nothing alive', async () => {
      await backend.flush();
      expect(backend.memory().aliveBytes).toBe(0);
    });
  });
});

function volumeOf(type: VoxelType, voxels: VoxelArray): Volume {
  return {
    grid: { sizeIjk: [voxels.length, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    type,
    voxels,
    rescale: { slopePerK: Float64Array.of(1), interceptPerK: Float64Array.of(0) },
    modality: 'OT',
    unit: 'arbitrary',
  };
}
