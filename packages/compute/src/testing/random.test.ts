import { describe, expect, it } from 'vitest';
import { Random, randomF32, randomIntegers, randomMask, randomU32 } from './random.ts';

describe('seeded inputs', () => {
  it('are PCG32: first outputs of the reference implementation for seed 42, default stream', () => {
    // Python transcription of pcg_oneseq_64_xsh_rr_32 with 64-bit integers.
    const expected = [0xc2f57bd6, 0x6b07c4a9, 0x72b7b29b, 0x44215383, 0xf5af5ead, 0x68beb632];
    expect([...randomU32(42, 6)]).toEqual(expected);
    expect([...randomU32(123_456_789_012_345, 2)]).toEqual([0x32a8b74a, 0xfa4dd05e]);
    expect(randomU32(42, 100_000).reduce((a, b) => (a ^ b) >>> 0)).toBe(0x621b1998);
  });

  it('stay in their ranges and reach the ends of whole ones', () => {
    const floats = randomF32(7, 10_000, -2, 3);
    expect(Math.min(...floats)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...floats)).toBeLessThan(3);
    const mean = floats.reduce((a, b) => a + b) / floats.length;
    // Standard error of the mean of 10 000 uniform values of width 5: 5/√12/100.
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * 0.0144);
    const voxels = randomIntegers(7, new Int16Array(1000), -3, 3);
    expect([...new Set(voxels)].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  });

  it('masks have zero padding bits and the asked density', () => {
    const words = randomMask(1, [33, 40, 50], 0.25);
    expect(words.length).toBe(2 * 40 * 50);
    let set = 0;
    words.forEach((word, index) => {
      if (index % 2 === 1) expect(word >>> 1).toBe(0);
      for (let bit = 0; bit < 32; bit++) set += (word >>> bit) & 1;
    });
    const n = 33 * 40 * 50;
    expect(Math.abs(set - n / 4)).toBeLessThan(4 * Math.sqrt((n * 3) / 16));
  });

  it('refuse a seed that is not a whole number', () => {
    expect(() => new Random(0.5)).toThrow(RangeError);
    expect(() => new Random(-1)).toThrow(RangeError);
  });
});
