import type { Backend } from '@efface/compute';
import { checkKernels, forEachBackend, Random, randomF32, randomMask } from '@efface/compute/testing';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { cases } from './intensity-match.cases.ts';
import { blendIntensity, type IntensityMapRequest, intensityMap } from './intensity-match.ts';
import { missingNoise, noiseSigma } from './noise.ts';

checkKernels(cases);

/** Values of a normal distribution (Box and Muller). */
function normal(seed: number, count: number, mean: number, sigma: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.nextF32()));
    return mean + sigma * radius * Math.cos(2 * Math.PI * random.nextF32());
  });
}

const SIZE: Vec3 = [64, 64, 16];
const COUNT = 64 * 64 * 16;

forEachBackend((_, backend) => {
  const on = (): Backend => backend();
  const upload = (label: string, data: ArrayBufferView) => on().createBuffer(label, data.byteLength, data);

  /** Where the map takes intensities, read from its table. */
  const mapOf = async (
    source: Float32Array,
    target: Float32Array,
    options: Partial<Omit<IntensityMapRequest, 'source' | 'target'>> & { range?: readonly [number, number] } = {},
    masks: { source?: Uint32Array; target?: Uint32Array } = {},
  ) => {
    const { range: [low, high] = [-1000, 1000], ...rest } = options;
    const buffers = [upload('source', source), upload('target', target)];
    const sourceMask = masks.source && upload('source-mask', masks.source);
    const targetMask = masks.target && upload('target-mask', masks.target);
    const map = intensityMap(on(), {
      source: { values: buffers[0], sizeIjk: SIZE, low, high, ...(sourceMask && { mask: sourceMask }) },
      target: { values: buffers[1], sizeIjk: SIZE, low, high, ...(targetMask && { mask: targetMask }) },
      ...rest,
    });
    const table = new Float32Array(await on().read(map.table));
    for (const buffer of [...buffers, sourceMask, targetMask, map.table]) if (buffer) on().release(buffer);
    const width = (high - low) / map.bins;
    return {
      table,
      width,
      at: (value: number): number => {
        const x = Math.min(Math.max((value - low) / width, 0), map.bins);
        const entry = Math.min(Math.floor(x), map.bins - 1);
        return table[entry] + (table[entry + 1] - table[entry]) * (x - entry);
      },
    };
  };

  describe('intensityMap', () => {
    it('of a distribution to itself is the identity, to a bin', async () => {
      const values = randomF32(1, COUNT, -900, 900);
      const { at, width } = await mapOf(values, values);
      for (let v = -890; v <= 890; v += 10) expect(Math.abs(at(v) - v)).toBeLessThanOrEqual(width);
    });

    it('finds the monotone function that made the target', async () => {
      const source = randomF32(2, COUNT, 0, 900);
      const curve = (v: number): number => 900 * (v / 900) ** 1.7;
      const { at, width } = await mapOf(source, source.map(curve), { range: [0, 1000], bins: 512 });
      for (let v = 20; v <= 880; v += 20) expect(Math.abs(at(v) - curve(v))).toBeLessThanOrEqual(2 * width);
    });

    it('between normal distributions is the line through mean and standard deviation', async () => {
      const { at, width } = await mapOf(normal(3, COUNT, -200, 100), normal(4, COUNT, 300, 50), { bins: 1024 });
      // Standard error of a quantile: sqrt(p(1 − p)/n)/density; at 2σ 0.0043σ a side, three of them are 0.018·σ.
      for (const z of [-2, -1, 0, 1, 2])
        expect(Math.abs(at(-200 + 100 * z) - (300 + 50 * z))).toBeLessThan(0.02 * 50 + 2 * width);
    });

    it('never falls, and stays within what the target has', async () => {
      const source = normal(5, COUNT, 0, 200);
      const target = normal(6, COUNT, 100, 30);
      const { table } = await mapOf(source, target, { bins: 300 });
      for (let e = 1; e < table.length; e++) expect(table[e]).toBeGreaterThanOrEqual(table[e - 1]);
      const width = 2000 / 300;
      expect(table[0]).toBeGreaterThanOrEqual(Math.min(...target) - width);
      expect(table.at(-1)).toBeLessThanOrEqual(Math.max(...target) + width);
    });

    it('looks only where the masks say', async () => {
      const inside = randomMask(7, SIZE, 0.5);
      const values = randomF32(8, COUNT, 100, 200);
      const target = randomF32(9, COUNT, 500, 600);
      for (let n = 0; n < COUNT; n++) {
        if (((inside[n >> 5] >>> (n & 31)) & 1) === 1) continue;
        values[n] = -500;
        target[n] = 900;
      }
      const { at, width } = await mapOf(values, target, {}, { source: inside, target: inside });
      for (let v = 110; v <= 190; v += 10) expect(Math.abs(at(v) - (v + 400))).toBeLessThanOrEqual(2 * width);
    });

    it('leaves outliers out of both distributions', async () => {
      const source = randomF32(10, COUNT, 0, 100);
      source.fill(900, 0, COUNT / 100);
      const target = randomF32(11, COUNT, 200, 300);
      const { at, width } = await mapOf(source, target, { clippedShare: 0.02, bins: 1000 });
      // 98 % of the target lie below 298, and so does everything from 98 % of the source on.
      expect(Math.abs(at(900) - 298)).toBeLessThanOrEqual(width + 0.3);
      expect(Math.abs(at(-500) - 202)).toBeLessThanOrEqual(width + 0.3);
    });

    it('is the identity when one side has no voxels', async () => {
      const values = randomF32(12, COUNT, -900, 900);
      const empty = new Uint32Array(COUNT / 32);
      const { at } = await mapOf(values, values, {}, { target: empty });
      for (const v of [-900, -1, 0, 450.5]) expect(at(v)).toBeCloseTo(v, 3);
    });

    it('takes a flat source to the middle of nothing but one place of the target', async () => {
      const { at } = await mapOf(new Float32Array(COUNT).fill(50), new Float32Array(COUNT).fill(-300));
      expect(Math.abs(at(50) + 300)).toBeLessThanOrEqual(2000 / 256);
    });
  });

  describe('blendIntensity', () => {
    const sizeIjk: Vec3 = [41, 9, 5];
    const count = 41 * 9 * 5;
    const perRow = wordsPerRow(41);

    const blend = async (
      options: { widthMm?: number; sigma?: number; seed?: number },
      region: Uint32Array,
      values = randomF32(20, count, 0, 100),
    ) => {
      const { widthMm, sigma = 0, seed = 1 } = options;
      const source = upload('source', new Float32Array(count).fill(10));
      const into = upload('values', values);
      const bits = upload('region', region);
      // 0 … 100 goes to 500 … 600.
      const table = upload('table', Float32Array.of(500, 600));
      const dst = blendIntensity(on(), {
        source,
        values: into,
        sizeIjk,
        region: bits,
        map: { table, low: 0, high: 100, bins: 1 },
        noise: { sigma, seed },
        ...(widthMm !== undefined && { feather: { widthMm, spacingMm: [0.5, 1, 1] } }),
      });
      const result = new Float32Array(await on().read(dst), 0, count);
      for (const buffer of [source, into, bits, table, dst]) on().release(buffer);
      return result;
    };

    /** Columns i = 20 … 40 of every row. */
    const half = (): Uint32Array => {
      const region = new Uint32Array(perRow * 9 * 5);
      for (let n = 0; n < count; n++) {
        const i = n % 41;
        if (i >= 20) region[Math.floor(n / 41) * perRow + (i >> 5)] |= 1 << (i & 31);
      }
      return region;
    };

    it('replaces the region and leaves the rest bit by bit', async () => {
      const values = randomF32(20, count, 0, 100);
      const result = await blend({}, half(), values);
      for (let n = 0; n < count; n++) expect(result[n]).toBe(n % 41 >= 20 ? 510 : values[n]);
    });

    it('blends over the feather, by the distance to the border in mm', async () => {
      const result = await blend({ widthMm: 4 }, half(), new Float32Array(count));
      for (let n = 0; n < count; n++) {
        const i = n % 41;
        const t = Math.min(1, Math.max(0, (i - 19) * 0.5) / 4);
        expect(Math.abs(result[n] - 510 * t * t * (3 - 2 * t))).toBeLessThan(1e-3);
      }
    });

    it('adds noise of the standard deviation asked for, the same for the same seed', async () => {
      const region = randomMask(1, sizeIjk, 1);
      const noise = (await blend({ sigma: 8 }, region)).map((v) => v - 510);
      const mean = noise.reduce((sum, v) => sum + v, 0) / count;
      const sigma = Math.sqrt(noise.reduce((sum, v) => sum + v * v, 0) / count);
      // Three standard errors: σ/√n and σ/√(2n).
      expect(Math.abs(mean)).toBeLessThan((3 * 8) / Math.sqrt(count));
      expect(Math.abs(sigma - 8)).toBeLessThan((3 * 8) / Math.sqrt(2 * count));
      const neighbours = noise.reduce((sum, v, n) => sum + (n > 0 ? v * noise[n - 1] : 0), 0) / count / 64;
      expect(Math.abs(neighbours)).toBeLessThan(3 / Math.sqrt(count));
      expect(await blend({ sigma: 8 }, region)).toEqual(noise.map((v) => v + 510));
      expect(await blend({ sigma: 8, seed: 2 }, region)).not.toEqual(noise.map((v) => v + 510));
    });
  });

  describe('noiseSigma', () => {
    const sigmaOf = async (values: Float32Array, mask: Uint32Array) => {
      const buffer = upload('values', values);
      const bits = upload('mask', mask);
      const sigma = await noiseSigma(on(), { values: buffer, sizeIjk: SIZE, mask: bits });
      on().release(buffer);
      on().release(bits);
      return sigma;
    };
    const full = new Uint32Array(COUNT / 32).fill(0xffffffff);

    it.each([0.5, 7, 40])('finds %d on a curved surface with an edge', async (sigma) => {
      const noise = normal(30, COUNT, 0, sigma);
      const values = noise.map((v, n) => {
        const i = n % 64;
        const j = Math.floor(n / 64) % 64;
        return v + 0.5 * i * i - i * j + 3 * j + (i > 40 ? 2000 : 0);
      });
      // Residuals of neighbours share voxels, which makes the median of 60 000 as sure as that of about a tenth of them;
      // the edge is 3 % of the voxels, which shifts the median by some 4 % of its standard deviation.
      expect(Math.abs((await sigmaOf(values, full)) / sigma - 1)).toBeLessThan(0.06);
    });

    it('of a flat image, and without voxels to look at, is 0', async () => {
      expect(await sigmaOf(new Float32Array(COUNT).fill(5), full)).toBe(0);
      expect(await sigmaOf(normal(31, COUNT, 0, 5), new Uint32Array(COUNT / 32))).toBe(0);
    });
  });

  it('refuses what makes no map and no blend', () => {
    const values = upload('values', new Float32Array(8));
    const sample = { values, sizeIjk: [2, 2, 2] as Vec3, low: 0, high: 1 };
    expect(() => intensityMap(on(), { source: sample, target: sample, bins: 2049 })).toThrow(RangeError);
    expect(() => intensityMap(on(), { source: sample, target: sample, clippedShare: 0.5 })).toThrow(RangeError);
    expect(() => intensityMap(on(), { source: { ...sample, high: 0 }, target: sample })).toThrow(RangeError);
    const request = { source: values, values, region: values, sizeIjk: sample.sizeIjk };
    const map = { table: values, low: 0, high: 1, bins: 1 };
    expect(() => blendIntensity(on(), { ...request, map, noise: { sigma: -1, seed: 0 } })).toThrow(RangeError);
    expect(() => blendIntensity(on(), { ...request, map, feather: { widthMm: 0, spacingMm: [1, 1, 1] } })).toThrow(
      RangeError,
    );
    on().release(values);
  });
});

it('noise that is missing adds in squares', () => {
  expect(missingNoise(3, 5)).toBe(4);
  expect(missingNoise(5, 3)).toBe(0);
});
