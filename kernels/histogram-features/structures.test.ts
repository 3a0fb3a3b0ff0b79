import { type DeviceVolume, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import { forEachBackend, randomMask, randomU32 } from '@efface/compute/testing';
import {
  allocateVoxels,
  type Grid,
  ijkToLps,
  type Mask,
  maskHas,
  type Vec3,
  type Volume,
  wordsPerRow,
} from '@efface/volume';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskOfLabel, rasterContours } from '../mask-raster/raster-contours.ts';
import { exactFirstOrder } from './first-order.testing.ts';
import { type FirstOrderFeatures, firstOrderFromCounts, firstOrderFromValues } from './first-order.ts';
import { gatherStructures, planGather } from './gather-structures.ts';
import { firstOrderOfStructures, volumeInRealUnits } from './histogram-features.ts';
import { histogramStructures } from './histogram-structures.ts';
import { labelStructures } from './label-structures.ts';
import { sortedFloats } from './sort-floats.ts';
import { randomLabels, randomPair } from './structures.testing.ts';

function expectClose(actual: FirstOrderFeatures, expected: FirstOrderFeatures): void {
  for (const [name, value] of Object.entries(expected) as [keyof FirstOrderFeatures, number][])
    expect(Math.abs(actual[name] - value), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
}

describe('features of plain values', () => {
  const settings = { voxelVolumeMm3: 1 };

  it('has none for no values, and zeros for a flat list of a number that f64 cannot sum exactly', () => {
    expect(firstOrderFromValues([], settings)).toBeUndefined();
    expect(firstOrderFromCounts({ values: [1, 2], counts: [0, 0] }, settings)).toBeUndefined();
    expect(firstOrderFromValues(new Float64Array(1000).fill(0.1), settings)).toMatchObject({
      mean: 0.1,
      variance: 0,
      skewness: 0,
      kurtosis: 0,
      meanAbsoluteDeviation: 0,
      robustMeanAbsoluteDeviation: 0,
      uniformity: 1,
    });
  });

  it('gives the same for counts as for the values one by one', () => {
    const counted = { values: [-3.5, 0.25, 0.25, 7, 9.75], counts: [3, 0, 2, 11, 1] };
    const list = counted.values.flatMap((v, n) => Array.from({ length: counted.counts[n] }, () => v));
    const one = firstOrderFromCounts(counted, { voxelVolumeMm3: 2, binWidth: 0.5 });
    const other = firstOrderFromValues(list, { voxelVolumeMm3: 2, binWidth: 0.5 });
    if (one === undefined || other === undefined) throw new Error('no value');
    expectClose(one, other);
  });

  it('is as exact about the middle values when the outer ones are far away', () => {
    const deviation = (values: readonly number[]) =>
      firstOrderFromValues(values, settings)?.robustMeanAbsoluteDeviation;
    expect(deviation([-2_000_000, 1_278_659, 2_000_000])).toBe(0);
    // Of 56, 31 and 47: (34/3 + 41/3 + 7/3) / 3.
    expect(deviation([56, 31, -2_000_000, 47, 1_536_856])).toBeCloseTo(82 / 9, 13);
  });

  it('puts values on the edges of bins where numpy.digitize does', () => {
    // numpy 2.4: numpy.digitize([0.25, 0.35, 0.4], numpy.arange(0.25 - 0.25 % 0.1, 0.6, 0.1)) is [1, 2, 2], although
    // (0.4 - 0.2) / 0.1 is 2 or more.
    const features = firstOrderFromValues([0.25, 0.35, 0.4], { voxelVolumeMm3: 1, binWidth: 0.1 });
    expect(features?.uniformity).toBeCloseTo(5 / 9, 15);
  });

  it('refuses values that are not finite and impossible bins', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity])
      expect(() => firstOrderFromValues([1, bad, 2], settings)).toThrow(/finite/);
    for (const binWidth of [0, -1, Number.NaN, Infinity])
      expect(() => firstOrderFromValues([1], { ...settings, binWidth })).toThrow(RangeError);
    expect(() => firstOrderFromValues([1e9], { ...settings, binWidth: 1e-12 })).toThrow(/told apart/);
  });
});

it('sorts floats as the engine does, short lists and long, whatever their bits', () => {
  for (const count of [0, 1, 5, 2047, 2048, 50_021]) {
    const values = new Float32Array(randomU32(count, count).buffer).map((v) => (Number.isNaN(v) ? -0 : v));
    const expected = Float32Array.from(values).sort();
    expect(sortedFloats(values)).toEqual(expected);
  }
  expect(sortedFloats(new Float32Array(4000).fill(Number.NaN, 7, 8))[3999]).toBeNaN();
});

it('lists share a buffer up to its length, one structure at least', () => {
  // Two blocks of three structures.
  const { groups, offsets } = planGather(Uint32Array.of(2, 9, 0, 3, 1, 4), 3, 10);
  expect(groups).toEqual([
    { first: 0, last: 0, lengths: [5] },
    { first: 1, last: 1, lengths: [10] },
    { first: 2, last: 2, lengths: [4] },
  ]);
  expect([...offsets]).toEqual([0, 0, 0, 2, 9, 0]);
  expect([...planGather(Uint32Array.of(2, 9, 0, 3, 1, 4), 3, 99).offsets]).toEqual([0, 5, 15, 2, 14, 15]);
});

forEachBackend((_, backend) => {
  it('lists hold the values of each structure in voxel order, whatever the length of a buffer', async () => {
    const count = 20_011;
    const structureCount = 6;
    const labels = randomLabels(11, count, structureCount, 0.5);
    const pair = randomPair(12, 'f32', count, -1, 1);
    const upload = (values: ArrayBufferView) => backend().createBuffer('values', values.byteLength, values);
    const buffers = [upload(pair.original), upload(pair.defaced), upload(labels)];
    const request = {
      original: deviceVolumeFromF32(buffers[0], [count, 1, 1]),
      defaced: deviceVolumeFromF32(buffers[1], [count, 1, 1]),
      labels: buffers[2],
      structureCount,
    };
    const inside = (values: ArrayBufferView, r: number) =>
      (values as Float32Array).filter((_value, index) => (labels[index] >>> r) & 1);
    for (const listBytes of [4, 20_000, 2 ** 26]) {
      let r = 0;
      for await (const { structure, original, defaced } of gatherStructures(backend(), request, listBytes)) {
        expect(structure).toBe(r);
        expect(original).toEqual(inside(pair.original, r));
        expect(defaced).toEqual(inside(pair.defaced, r));
        r++;
      }
      expect(r).toBe(structureCount);
    }
    await expect(histogramStructures(backend(), request)).rejects.toThrow(/f32/);
    // Leaving early gives everything back.
    for await (const { structure } of gatherStructures(backend(), request)) if (structure === 1) break;
    for (const buffer of buffers) backend().release(buffer);
  });

  it('labels carry a bit for each mask that has the voxel', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
        fc.integer({ min: 1, max: 32 }),
        fc.nat(),
        async (sizeIjk: Vec3, maskCount, seed) => {
          const masks = Array.from({ length: maskCount }, (_value, m): Mask => {
            const density = [0.3, 0, 1][(m + seed) % 3];
            return { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words: randomMask(seed + m, sizeIjk, density) };
          });
          const buffers = masks.map(({ words }) => backend().createBuffer('mask', words.byteLength, words));
          const labels = labelStructures(backend(), { masks: buffers, sizeIjk });
          const actual = new Uint32Array(await backend().read(labels));
          const sixth = maskOfLabel(backend(), { labels, sizeIjk, label: 5 });
          expect(new Uint32Array(await backend().read(sixth))).toEqual(
            masks[5]?.words ?? new Uint32Array(masks[0].words.length),
          );
          for (const buffer of [...buffers, labels, sixth]) backend().release(buffer);
          const [ni, nj, nk] = sizeIjk;
          expect(actual.length).toBe(ni * nj * nk);
          actual.forEach((label, index) => {
            const j = Math.floor(index / ni) % nj;
            const k = Math.floor(index / (ni * nj));
            const expected = masks.reduce((bits, mask, m) => bits + (maskHas(mask, index % ni, j, k) ? 2 ** m : 0), 0);
            expect(label).toBe(expected);
          });
        },
      ),
      { numRuns: 12 },
    );
    const short = backend().createBuffer('short', 4, randomU32(1, 1));
    expect(() => labelStructures(backend(), { masks: [], sizeIjk: [1, 1, 1] })).toThrow(RangeError);
    expect(() => labelStructures(backend(), { masks: [short], sizeIjk: [33, 1, 1] })).toThrow(/has 8/);
    backend().release(short);
  });

  it('contours to features: a ramp inside a square, of which defacing takes a column', async () => {
    const grid: Grid = { sizeIjk: [8, 6, 3], affineIjkToLps: [2, 0, 0, -5, 0, 2, 0, 7, 0, 0, 3, 40] };
    const square = [[2, 1], [6, 1], [6, 5], [2, 5]].flatMap(([i, j]) => ijkToLps(grid, [i, j, 1])); // prettier-ignore
    const { labels } = rasterContours(backend(), {
      grid,
      regions: [[], [{ type: 'CLOSED_PLANAR', pointsLps: square }]],
    });
    const original = Int16Array.from({ length: 144 }, (_value, index) => index % 8);
    const upload = (values: Int16Array): DeviceVolume => ({
      sizeIjk: grid.sizeIjk,
      format: 'i16',
      chunks: [backend().createBuffer('ramp', values.byteLength, values)],
      chunkWords: 0xffffffff,
    });
    const volumes = { original: upload(original), defaced: upload(original.map((v) => (v === 5 ? -1000 : v))) };
    const request = { ...volumes, labels, structureCount: 2, voxelVolumeMm3: 12, binWidth: 1 };
    const [empty, column] = await firstOrderOfStructures(backend(), request);
    for (const volume of Object.values(volumes)) releaseVolume(backend(), volume);
    backend().release(labels);
    expect(empty.voxelCount).toBe(0);
    expect(column).toMatchObject({ voxelCount: 16, changedVoxelCount: 4, maxChange: 1005 });
    // Four columns of 2, 3, 4 and 5.
    expect(column.original).toMatchObject({ mean: 3.5, variance: 1.25, uniformity: 0.25, totalEnergy: 12 * 4 * 54 });
    expect(column.defaced).toMatchObject({ mean: -247.75, minimum: -1000, maximum: 4, uniformity: 0.25 });
  });

  it('a rescale per slice: features of the real values, after the conversion', async () => {
    const voxels = allocateVoxels('u16', 8) as Uint16Array;
    voxels.set([1, 2, 3, 4, 10, 20, 30, 65_535]);
    const volume: Volume = {
      grid: { sizeIjk: [2, 2, 2], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
      type: 'u16',
      voxels,
      rescale: { slopePerK: Float64Array.of(4, 2), interceptPerK: Float64Array.of(0, 8) },
      modality: 'PT',
      unit: 'Bq/ml',
      paddingRange: [65_535, 65_535],
    };
    const real = volumeInRealUnits(volume);
    expect(real.paddingRange).toBeUndefined();
    expect(volumeInRealUnits(real)).toBe(real);
    const device = uploadVolume(backend(), 'pet', real);
    const labels = backend().createBuffer('labels', 32, new Uint32Array(8).fill(1));
    const request = { original: device, labels, structureCount: 1, voxelVolumeMm3: 1 };
    const [structure] = await firstOrderOfStructures(backend(), request);
    releaseVolume(backend(), device);
    backend().release(labels);
    const expected = exactFirstOrder([4, 8, 12, 16, 28, 48, 68, 131_078], { voxelVolumeMm3: 1 });
    if (structure.original === undefined) throw new Error('no value');
    expectClose(structure.original, expected);
    expect(structure.defaced).toBe(structure.original);
  });
});
