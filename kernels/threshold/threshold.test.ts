import { type DeviceFormat, releaseVolume, uploadVolume } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
import { allocateVoxels, maskToBytes, uniformRescale, type Vec3, type Volume, wordsPerRow } from '@efface/volume';
import { expect, it } from 'vitest';
import { openBackend } from '../backends.ts';
import { randomStored } from '../shared/volume-case.ts';
import { cases } from './threshold.cases.ts';
import { threshold } from './threshold.ts';

checkKernels(cases);

function volumeOf(sizeIjk: Vec3, type: DeviceFormat | 'f64', values: ArrayLike<number>): Volume {
  const voxels = allocateVoxels(type, sizeIjk[0] * sizeIjk[1] * sizeIjk[2]) as Float64Array;
  voxels.set(Array.from(values).slice(0, voxels.length));
  const grid = { sizeIjk, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
  return { grid, type, voxels, rescale: uniformRescale(sizeIjk[2], 1, 0), modality: 'MR', unit: 'arbitrary' };
}

forEachBackend((kind, backend) => {
  it('selects both limits and nothing beyond, for every stored type', async () => {
    for (const type of ['u8', 'i8', 'u16', 'i16', 'f32', 'f64'] as const) {
      const volume = volumeOf([5, 1, 1], type, [9, 10, 11, 12, 13]);
      const device = uploadVolume(backend(), 'test', volume);
      const dst = threshold(backend(), { volume: device, low: 10, high: 12 });
      expect(new Uint32Array(await backend().read(dst))[0], type).toBe(0b01110);
      backend().release(dst);
      releaseVolume(backend(), device);
    }
  });

  it.runIf(kind === 'webgpu')('reads a volume that is cut into chunks as if it were whole', async () => {
    const sizeIjk: Vec3 = [37, 11, 9];
    const stored = randomStored(5, 'i16', 37 * 11 * 9, -1000, 1000) as Int16Array;
    const volume = volumeOf(sizeIjk, 'i16', stored);
    // 7326 bytes of voxels, 2048 a binding: four chunks.
    await using small = await openBackend('webgpu', { maxBindingBytes: 2048 });
    const device = uploadVolume(small, 'test', volume);
    expect(device.chunks.length).toBe(4);
    const dst = threshold(small, { volume: device, low: -100, high: 250 });
    const words = new Uint32Array(await small.read(dst));
    const bytes = maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(37), words });
    expect(bytes).toEqual(Uint8Array.from(volume.voxels as Int16Array, (v) => (v >= -100 && v <= 250 ? 1 : 0)));
    small.release(dst);
    releaseVolume(small, device);
  });
});
