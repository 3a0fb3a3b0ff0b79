import { type Backend, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import { checkKernels, forEachBackend, randomF32, randomMask } from '@efface/compute/testing';
import {
  allocateVoxels, type Grid, ijkToLps, invert, transformPoint, uniformRescale, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore
import { expect, it } from 'vitest';
import { cases } from './resample.cases.ts';
import { resampleLabels } from './labels.ts';
import { antiAliasSigmaVoxels, downsample, resample, resampleMask } from './resample.ts';

checkKernels(cases);

const SOURCE: Grid = { sizeIjk: [20, 18, 16], affineIjkToLps: [0, 1.5, 0, -14, -0.9, 0, 0.3, 9, 0.2, 0, 2, -15] };

/** A volume that is linear in patient space: trilinear interpolation reproduces it between voxel centres. */
function ramp(grid: Grid): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let n = 0; n < voxels.length; n++) {
    const p: Vec3 = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    voxels[n] = linear(ijkToLps(grid, p));
  }
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'MR', unit: 'arbitrary' };
}

const linear = ([x, y, z]: Vec3): number => 3 * x - 2 * y + z + 5;

async function resampled(
  backend: Backend,
  volume: Volume,
  targetGrid: Grid,
  taps: Vec3 = [1, 1, 1],
): Promise<Float32Array> {
  const source = uploadVolume(backend, 'source', volume);
  const dst = resample(backend, {
    source, sourceGrid: volume.grid, rescale: volume.rescale, targetGrid, interpolation: 'trilinear', outsideValue: -1000,
    tapsPerAxis: taps,
  }); // prettier-ignore
  const values = new Float32Array(await backend.read(dst));
  backend.release(dst);
  releaseVolume(backend, source);
  return values;
}

forEachBackend((_, backend) => {
  it('reproduces a linear field on an oblique grid of another spacing, also when sub-sampled', async () => {
    const target: Grid = { sizeIjk: [9, 9, 9], affineIjkToLps: [0.7, 0.1, 0, -3, -0.1, 0.8, 0.1, -4, 0, 0.1, 0.9, -3] };
    const lpsToSource = invert(SOURCE.affineIjkToLps);
    for (const taps of [
      [1, 1, 1],
      [2, 3, 2],
    ] as const) {
      const values = await resampled(backend(), ramp(SOURCE), target, taps);
      let checked = 0;
      for (let n = 0; n < values.length; n++) {
        const pLps = ijkToLps(target, [n % 9, Math.floor(n / 9) % 9, Math.floor(n / 81)]);
        const at = transformPoint(lpsToSource, pLps);
        if (at.some((v, d) => v < 1 || v > SOURCE.sizeIjk[d] - 2)) continue;
        checked++;
        // The fixed-point position is off by less than 1e-4 voxel, the field changes by less than 8 per voxel.
        expect(Math.abs(values[n] - linear(pLps))).toBeLessThan(2e-3);
      }
      expect(checked).toBeGreaterThan(100);
    }
  });

  it('gives the outside value beyond half a voxel and the border value within it', async () => {
    const volume = ramp({ sizeIjk: [4, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] });
    const target: Grid = { sizeIjk: [8, 1, 1], affineIjkToLps: [0.75, 0, 0, -1, 0, 1, 0, 0, 0, 0, 1, 0] };
    // Positions −1, −0.25, 0.5, 1.25, 2, 2.75, 3.5, 4.25; values 5 + 3x inside 0…3, clamped to the border voxels.
    const expected = [-1000, 5, 6.5, 8.75, 11, 13.25, -1000, -1000];
    expect(Array.from(await resampled(backend(), volume, target))).toEqual(expected);
  });

  it('applies the rescale of each slice before interpolating between slices', async () => {
    const grid: Grid = { sizeIjk: [1, 1, 2], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const voxels = allocateVoxels('u16', 2);
    voxels.set([10, 10] as never);
    const rescale = { slopePerK: Float64Array.of(1, 3), interceptPerK: Float64Array.of(0, 4) };
    const volume: Volume = { grid, type: 'u16', voxels, rescale, modality: 'PT', unit: 'Bq/ml' };
    const target: Grid = { sizeIjk: [1, 1, 3], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.5, 0] };
    expect(Array.from(await resampled(backend(), volume, target))).toEqual([10, 22, 34]);
  });

  it('brings a mask to a flipped copy of its grid and back without loss', async () => {
    const [ni, nj, nk] = [37, 9, 6];
    const grid: Grid = { sizeIjk: [ni, nj, nk], affineIjkToLps: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0] };
    const flipped: Grid = { sizeIjk: [nk, ni, nj], affineIjkToLps: [0, -1, 0, 36, 0, 0, -2, 16, -3, 0, 0, 15] };
    const words = randomMask(3, grid.sizeIjk, 0.4);
    const mask = backend().createBuffer('mask', words.byteLength, words);
    const there = resampleMask(backend(), { mask, maskGrid: grid, targetGrid: flipped });
    const back = resampleMask(backend(), { mask: there, maskGrid: flipped, targetGrid: grid });
    expect(new Uint32Array(await backend().read(back))).toEqual(words);
    for (const buffer of [mask, there, back]) backend().release(buffer);
  });

  it('makes a box of a target as it is in the whole', async () => {
    const volume = ramp(SOURCE);
    const targetGrid: Grid = { sizeIjk: [70, 11, 9], affineIjkToLps: [0.11, 0.02, 0, -1, -0.03, 0.9, 0.1, 0, 0.01, 0, 0.7, 0] }; // prettier-ignore
    const targetBox = { lowIjk: [32, 2, 3], sizeIjk: [35, 7, 4] } as const;
    const source = uploadVolume(backend(), 'source', volume);
    const request = { source, sourceGrid: SOURCE, targetGrid, rescale: volume.rescale, interpolation: 'trilinear', outsideValue: -1000 } as const; // prettier-ignore
    const words = randomMask(4, SOURCE.sizeIjk, 0.5);
    const bits = backend().createBuffer('mask', words.byteLength, words);
    const maskRequest = { mask: bits, maskGrid: SOURCE, targetGrid };
    const buffers = [
      resample(backend(), request),
      resample(backend(), { ...request, targetBox }),
      resampleMask(backend(), maskRequest),
      resampleMask(backend(), { ...maskRequest, targetBox }),
    ];
    const [all, part] = await Promise.all(
      buffers.slice(0, 2).map(async (b) => new Float32Array(await backend().read(b))),
    );
    const [allBits, partBits] = await Promise.all(buffers.slice(2).map(async (b) => new Uint32Array(await backend().read(b)))); // prettier-ignore
    for (let n = 0; n < 35 * 7 * 4; n++) {
      const [i, j, k] = [n % 35, Math.floor(n / 35) % 7, Math.floor(n / 245)];
      expect(part[n]).toBe(all[32 + i + 70 * (2 + j + 11 * (3 + k))]);
      const whole = allBits[3 * (2 + j + 11 * (3 + k)) + 1 + (i >>> 5)];
      expect((partBits[2 * (j + 7 * k) + (i >>> 5)] >>> (i & 31)) & 1).toBe((whole >>> (i & 31)) & 1);
    }
    for (const buffer of [...buffers, bits]) backend().release(buffer);
    releaseVolume(backend(), source);
  });

  it('adds a displacement in mm of the source', async () => {
    const volume = ramp(SOURCE);
    const [ni, nj, nk] = SOURCE.sizeIjk;
    const field = new Float32Array(3 * ni * nj * nk);
    for (let n = 0; n < field.length; n += 3) field.set([1.25, -0.5, ((n / 3) % ni) / 16], n);
    const source = uploadVolume(backend(), 'source', volume);
    const displacementMm = backend().createBuffer('field', field.byteLength, field);
    const dst = resample(backend(), {
      source, sourceGrid: SOURCE, targetGrid: SOURCE, rescale: volume.rescale, interpolation: 'trilinear', outsideValue: -1000,
      displacementMm,
    }); // prettier-ignore
    const values = new Float32Array(await backend().read(dst));
    for (const buffer of [dst, displacementMm]) backend().release(buffer);
    releaseVolume(backend(), source);
    const lpsToSource = invert(SOURCE.affineIjkToLps);
    let checked = 0;
    for (let n = 0; n < values.length; n++) {
      const [x, y, z] = ijkToLps(SOURCE, [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))]);
      const pLps: Vec3 = [x + field[3 * n], y + field[3 * n + 1], z + field[3 * n + 2]];
      if (transformPoint(lpsToSource, pLps).some((v, d) => v < 0 || v > SOURCE.sizeIjk[d] - 1)) continue;
      checked++;
      // Positions are off by 2⁻²⁰ voxel a term.
      expect(Math.abs(values[n] - linear(pLps))).toBeLessThan(2e-4);
    }
    expect(checked).toBeGreaterThan(3000);
  });

  it('downsamples waves by the transfer function of its Gaussian, and no constant at all', async () => {
    // Along i to voxels three times as wide; one wave lies below the new Nyquist frequency, one above.
    const n = 384;
    const grid: Grid = { sizeIjk: [n, 2, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const target: Grid = { sizeIjk: [n / 3, 2, 1], affineIjkToLps: [3, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0] };
    const sigma = Math.sqrt(3 * 3 - 1) / (2 * Math.sqrt(2 * Math.log(2)));
    expect(antiAliasSigmaVoxels({ sourceGrid: grid, targetGrid: target })).toEqual([sigma, 0, 0]);
    for (const perVoxel of [0, 1 / 24, 5 / 24]) {
      const voxels = allocateVoxels('f32', 2 * n) as Float32Array;
      for (let i = 0; i < 2 * n; i++) voxels[i] = 1000 * Math.cos(2 * Math.PI * perVoxel * (i % n));
      const volume: Volume = { grid, type: 'f32', voxels, rescale: uniformRescale(1, 1, 0), modality: 'OT', unit: '1' };
      const source = uploadVolume(backend(), 'source', volume);
      const dst = downsample(backend(), { source, sourceGrid: grid, targetGrid: target, rescale: volume.rescale, outsideValue: 0 }); // prettier-ignore
      const values = new Float32Array(await backend().read(dst));
      backend().release(dst);
      releaseVolume(backend(), source);
      const factor = Math.exp(-2 * (Math.PI * sigma * perVoxel) ** 2);
      for (let i = 6; i < n / 3 - 6; i++) {
        const expected = 1000 * factor * Math.cos(2 * Math.PI * perVoxel * (3 * i + 1));
        // The Gaussian ends at 3 σ, where 0.3 % of its weight lie beyond.
        expect(Math.abs(values[i] - expected)).toBeLessThan(perVoxel === 0 ? 1e-3 : 3);
      }
    }
  });

  it('brings labels to a finer grid by weight: borders in the middle, no label that was not there', async () => {
    // Label 3 | 9 along i, and one voxel of 200 that its neighbours outvote off its centre.
    const grid: Grid = { sizeIjk: [4, 4, 4], affineIjkToLps: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0] };
    const fine: Grid = { sizeIjk: [16, 4, 4], affineIjkToLps: [0.5, 0, 0, -0.75, 0, 2, 0, 0, 0, 0, 2, 0] };
    const voxels = allocateVoxels('u8', 64) as Uint8Array;
    for (let n = 0; n < 64; n++) voxels[n] = n % 4 < 2 ? 3 : 9;
    voxels[1 + 4 * (1 + 4 * 1)] = 200;
    const volume: Volume = { grid, type: 'u8', voxels, rescale: uniformRescale(4, 1, 0), modality: 'OT', unit: '1' };
    const source = uploadVolume(backend(), 'labels', volume);
    const there = resampleLabels(backend(), { source, sourceGrid: grid, targetGrid: fine, outsideLabel: 77 });
    const labels = new Uint8Array(await backend().read(there.chunks[0]));
    releaseVolume(backend(), there);
    releaseVolume(backend(), source);
    // Positions along i are (n − 1.5)/4: −0.375 … 3.375; 1.375 is nearer to 1, 1.625 to 2.
    expect([...labels.slice(0, 16)]).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 9, 9, 9, 9, 9, 9, 9, 9]);
    const row = 16 * (1 + 4 * 1);
    expect([...labels.slice(row, row + 16)]).toEqual([3, 3, 3, 3, 200, 200, 200, 200, 9, 9, 9, 9, 9, 9, 9, 9]);
  });

  it('copies when the grids are the same', async () => {
    const sizeIjk: Vec3 = [11, 7, 5];
    const grid: Grid = { ...SOURCE, sizeIjk };
    const values = randomF32(9, 11 * 7 * 5, -100, 100);
    const buffer = backend().createBuffer('values', values.byteLength, values);
    const dst = resample(backend(), {
      source: deviceVolumeFromF32(buffer, sizeIjk), sourceGrid: grid, rescale: uniformRescale(5, 1, 0), targetGrid: grid,
      interpolation: 'nearest', outsideValue: 0,
    }); // prettier-ignore
    expect(new Float32Array(await backend().read(dst))).toEqual(values);
    backend().release(dst);
    backend().release(buffer);
  });
});
