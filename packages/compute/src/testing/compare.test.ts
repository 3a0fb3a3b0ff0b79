import { describe, expect, it } from 'vitest';
import { exact, nmse, relative, ulp } from '../accuracy.ts';
import { compareElements, ulpDistance } from './compare.ts';

const f32 = (...values: number[]) => Float32Array.from(values);
const problem = (...args: Parameters<typeof compareElements>) => compareElements(...args).problem;

describe('comparing outputs', () => {
  it('exact is byte equality: the sign of zero counts', () => {
    expect(problem(Uint32Array.of(1, 2), Uint32Array.of(1, 2), exact())).toBeUndefined();
    expect(problem(f32(1, -0), f32(1, -0), exact())).toBeUndefined();
    expect(problem(f32(0), f32(-0), exact())).toMatch(/1 of 1 elements differ/);
    expect(compareElements(Uint32Array.of(1, 2, 3), Uint32Array.of(1, 5, 6), exact())).toEqual({
      problem: '2 of 3 elements differ (exact)',
      differing: 2,
      first: [
        { index: 1, expected: 2, actual: 5 },
        { index: 2, expected: 3, actual: 6 },
      ],
    });
  });

  it('integers are exact under every accuracy', () => {
    expect(problem(Uint32Array.of(1_000_000), Uint32Array.of(1_000_001), relative(1e-2, 1))).toBeDefined();
  });

  it.each([exact(), ulp(64), relative(1e-2, 1), nmse(1e-4)])('NaN fails on either side: $kind', (accuracy) => {
    expect(problem(f32(Number.NaN), f32(Number.NaN), accuracy)).toMatch(/NaN/);
    expect(problem(f32(1, 1), f32(1, Number.NaN), accuracy)).toMatch(/NaN/);
    expect(problem(f32(1, Number.NaN), f32(1, 1), accuracy)).toMatch(/NaN/);
  });

  it.each([exact(), ulp(64), relative(1e-2, 1), nmse(1e-4)])(
    'an infinity needs the same infinity: $kind',
    (accuracy) => {
      expect(problem(f32(Infinity, -Infinity), f32(Infinity, -Infinity), accuracy)).toBeUndefined();
      expect(problem(f32(Infinity), f32(-Infinity), accuracy)).toBeDefined();
      expect(problem(f32(3.4e38), f32(Infinity), accuracy)).toBeDefined();
      expect(problem(f32(-Infinity), f32(-3.4e38), accuracy)).toBeDefined();
    },
  );

  it('ulp counts representable values, subnormals as zero, across zero too', () => {
    const next = (value: number, steps: number) => {
      const bits = new Int32Array(f32(value).buffer);
      bits[0] += steps;
      return new Float32Array(bits.buffer)[0];
    };
    expect(ulpDistance(1, next(1, 3))).toBe(3);
    expect(ulpDistance(-1, next(-1, 2))).toBe(2);
    expect(ulpDistance(0, -0)).toBe(0);
    expect(ulpDistance(1e-45, -1e-40)).toBe(0);
    expect(ulpDistance(1.1754943508222875e-38, -1.1754943508222875e-38)).toBe(2);
    expect(problem(f32(1), f32(next(1, 4)), ulp(4))).toBeUndefined();
    expect(problem(f32(1), f32(next(1, 5)), ulp(4))).toBeDefined();
  });

  it('relative uses the floor for small expected values', () => {
    expect(problem(f32(100), f32(100.9), relative(1e-2, 1))).toBeUndefined();
    expect(problem(f32(100), f32(101.1), relative(1e-2, 1))).toBeDefined();
    expect(problem(f32(0), f32(0.009), relative(1e-2, 1))).toBeUndefined();
    expect(problem(f32(0), f32(0.011), relative(1e-2, 1))).toBeDefined();
  });

  it('nmse is a property of the whole output', () => {
    const expected = new Float32Array(1000).fill(1);
    const actual = expected.slice();
    actual[3] = 1.3;
    // 0.09 / 1000 = 9e-5.
    expect(problem(expected, actual, nmse(1e-4))).toBeUndefined();
    actual[4] = 1.2;
    expect(compareElements(expected, actual, nmse(1e-4))).toMatchObject({
      differing: 2,
      first: [{ index: 3 }, { index: 4 }],
    });
    expect(problem(f32(0, 0), f32(0, 0), nmse(1e-4))).toBeUndefined();
    expect(problem(f32(0, 0), f32(0, 1e-20), nmse(1e-4))).toBeDefined();
  });

  it('tolerances that check nothing are refused', () => {
    expect(() => ulp(65)).toThrow(RangeError);
    expect(() => relative(0.02, 1)).toThrow(RangeError);
    expect(() => nmse(1e-3)).toThrow(RangeError);
    expect(() => relative(Number.NaN, 1)).toThrow(RangeError);
  });
});
