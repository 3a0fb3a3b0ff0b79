import { deviceVolumeFromF32 } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
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
});
