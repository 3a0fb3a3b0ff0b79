import { allocateVoxels, uniformRescale, type Volume, type VoxelType } from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend } from './backend.ts';
import { createCpuBackend } from './cpu/index.ts';
import { deviceFormat, releaseVolume, uploadVolume, volumeArguments } from './device-volume.ts';
import { DeviceMemoryError } from './errors.ts';
import { createWebGpuBackend } from './webgpu/index.ts';

function volumeOf(type: VoxelType, values: readonly number[]): Volume {
  const voxels = allocateVoxels(type, values.length);
  values.forEach((value, n) => (voxels[n] = type === 'u64' || type === 'i64' ? BigInt(value) : value));
  return {
    grid: { sizeIjk: [values.length, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    type,
    voxels,
    rescale: uniformRescale(1, 2, -1024),
    modality: 'CT',
    unit: 'HU',
  };
}

describe('uploadVolume on the CPU backend', () => {
  let backend: Backend;
  beforeAll(() => {
    backend = createCpuBackend({ workerUrl: new URL('about:blank'), registry: {}, threads: 0 });
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  it('shares the memory of the scan', async () => {
    const volume = volumeOf('i16', [-1, 2, -3]);
    const before = backend.memory().peakBytes;
    const uploaded = uploadVolume(backend, 'ct', volume);
    expect(uploaded).toMatchObject({ sizeIjk: [3, 1, 1], format: 'i16', chunkWords: 0xffffffff });
    expect(uploaded.chunks).toHaveLength(1);
    expect(backend.memory().peakBytes).toBe(before);
    volume.voxels[2] = 77;
    expect(new Int16Array(await backend.read(uploaded.chunks[0])).slice(0, 3)).toEqual(Int16Array.of(-1, 2, 77));
    releaseVolume(backend, uploaded);
    expect(backend.memory().aliveBytes).toBe(0);
  });

  it.each<[VoxelType, readonly number[], readonly number[]]>([
    // 2²⁴ + 1 lies halfway between two f32 and goes to the even one.
    ['u32', [0, 4294967040, 16777217], [0, 4294967040, 16777216]],
    ['i32', [-2147483648, 5, -7], [-2147483648, 5, -7]],
    ['u64', [0, 2 ** 40, 3], [0, 2 ** 40, 3]],
    ['i64', [-(2 ** 40), 1, -1], [-(2 ** 40), 1, -1]],
    ['f64', [0.1, -1e30, 2.5], [Math.fround(0.1), Math.fround(-1e30), 2.5]],
  ])('holds %s as f32, without the rescale', async (type, values, expected) => {
    const uploaded = uploadVolume(backend, 'ct', volumeOf(type, values));
    expect(uploaded.format).toBe('f32');
    expect([...new Float32Array(await backend.read(uploaded.chunks[0]))]).toEqual(expected);
    releaseVolume(backend, uploaded);
  });
});

describe('uploadVolume where bindings are small', () => {
  let backend: Backend;
  beforeAll(async () => {
    // 18 is no whole number of words: chunks have 16 bytes.
    backend = await createWebGpuBackend({ validateOnly: true, maxBindingBytes: 18 });
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  it('cuts at whole words, and binds the first chunk where there is none', () => {
    const uploaded = uploadVolume(backend, 'ct', volumeOf('i16', Array<number>(17).fill(0)));
    expect(uploaded.chunks.map(({ sizeBytes }) => sizeBytes)).toEqual([16, 16, 4]);
    const { buffers, constants } = volumeArguments(uploaded);
    expect(constants).toEqual({ VOXEL_FORMAT: 3, CHUNK_WORDS: 4, CHUNK_COUNT: 3 });
    expect(Object.values(buffers)).toEqual([...uploaded.chunks, uploaded.chunks[0]]);
    releaseVolume(backend, uploaded);
  });

  it('refuses what four bindings do not hold, with the numbers, and keeps nothing', () => {
    expect(() => uploadVolume(backend, 'ct', volumeOf('u8', Array<number>(65).fill(0)))).toThrow(DeviceMemoryError);
    expect(() => uploadVolume(backend, 'ct', volumeOf('u8', Array<number>(65).fill(0)))).toThrow(
      /^ct needs 65 bytes, .* can bind 4 × 16; use --backend cpu$/,
    );
    expect(backend.memory().aliveBytes).toBe(0);
  });
});

it('stored types keep their format where kernels read it', () => {
  const types: readonly VoxelType[] = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64'];
  expect(types.map(deviceFormat)).toEqual(['u8', 'i8', 'u16', 'i16', 'f32', 'f32', 'f32', 'f32', 'f32', 'f32']);
});
