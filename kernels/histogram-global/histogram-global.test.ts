import { deviceVolumeFromF32 } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './histogram-global.cases.ts';
import { histogram, MAX_HISTOGRAM_BINS, storedExtent } from './histogram-global.ts';

checkKernels(cases);

forEachBackend((_, backend) => {
  it('counts edges as documented: the lower belongs to its bin, the uppermost to the last', async () => {
    const values = Float32Array.of(-0.01, 0, 0.99, 1, 1.5, 2, 3, 3.01);
    const buffer = backend().createBuffer('values', values.byteLength, values);
    const volume = deviceVolumeFromF32(buffer, [8, 1, 1]);
    expect([...(await histogram(backend(), { volume, low: 0, high: 3, binCount: 3 }))]).toEqual([2, 2, 2]);
    const mask = backend().createBuffer('mask', 4, Uint32Array.of(0b00011010));
    expect([...(await histogram(backend(), { volume, mask, low: 0, high: 3, binCount: 3 }))]).toEqual([1, 2, 0]);
    await expect(histogram(backend(), { volume, low: 3, high: 3, binCount: 3 })).rejects.toThrow(RangeError);
    await expect(histogram(backend(), { volume, low: 0, high: 3, binCount: MAX_HISTOGRAM_BINS + 1 })).rejects.toThrow(
      RangeError,
    );
    backend().release(buffer);
    backend().release(mask);
  });

  it('finds the extent of positive, negative and mixed values', async () => {
    for (const values of [
      [3, 1, 2],
      [-3, -1, -2],
      [-0.5, 0, 1e-30],
      [0, -0, 0],
    ]) {
      // prettier-ignore
      const buffer = backend().createBuffer('values', 12, Float32Array.from(values));
      const volume = deviceVolumeFromF32(buffer, [3, 1, 1]);
      const expected = { min: Math.fround(Math.min(...values)) + 0, max: Math.fround(Math.max(...values)) + 0 };
      expect(await storedExtent(backend(), { volume })).toEqual(expected);
      backend().release(buffer);
    }
  });

  it('puts every value between the edges into the bin that the division names, up to the last f32 digit', async () => {
    const whole = fc.integer({ min: -1000, max: 1000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -1200, max: 1200, noNaN: true }), { minLength: 1, maxLength: 200 }),
        whole,
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 300 }),
        async (doubles, low, width, binCount) => {
          const high = low + width;
          const values = Float32Array.of(...doubles, low, high);
          const buffer = backend().createBuffer('values', values.byteLength, values);
          const volume = deviceVolumeFromF32(buffer, [values.length, 1, 1]);
          const bins = await histogram(backend(), { volume, low, high, binCount });
          backend().release(buffer);
          const inside = values.filter((v) => v >= low && v <= high);
          expect(bins.reduce((a, b) => a + b)).toBe(inside.length);
          // Three roundings to f32 move a value by less than this many bins.
          const slack = 4 * 2 ** -24 * Math.max(binCount, (binCount / width) * 1000);
          const below = (bin: number, shift: number): number =>
            inside.filter((v) => ((v - low) / width) * binCount + shift < bin).length;
          let counted = 0;
          for (let b = 1; b < binCount; b++) {
            counted += bins[b - 1];
            expect(counted).toBeGreaterThanOrEqual(below(b, slack));
            expect(counted).toBeLessThanOrEqual(below(b, -slack));
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
