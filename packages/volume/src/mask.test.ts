import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskCount, maskFromNonzero, maskHas, maskToBytes, overlapCount, popcount } from './mask.ts';
import { type Vec3 } from './vec3.ts';
import {
  allocateVoxels, checkVolume, isUniformRescale, storedFromReal, storedRange, uniformRescale, type Volume,
} from './volume.ts'; // prettier-ignore

const bits = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
  .chain(([ni, nj, nk]) =>
    fc.record({
      size: fc.constant<Vec3>([ni, nj, nk]),
      bytes: fc.uint8Array({ minLength: ni * nj * nk, maxLength: ni * nj * nk, max: 1 }),
    }),
  );

describe('mask', () => {
  it('keeps every bit, for rows below, at and above whole words', () => {
    fc.assert(
      fc.property(bits, ({ size, bytes }) => {
        const mask = maskFromNonzero(size, bytes);
        expect(maskToBytes(mask)).toEqual(bytes);
        expect(maskCount(mask)).toBe(bytes.reduce((sum, b) => sum + b, 0));
        expect(overlapCount(mask, mask)).toBe(maskCount(mask));
        const last = bytes.length - 1;
        expect(maskHas(mask, size[0] - 1, size[1] - 1, size[2] - 1)).toBe(bytes[last] === 1);
      }),
    );
  });

  it('takes anything but 0 and NaN as inside, negative zero and 64-bit values included', () => {
    const counted = (values: ArrayLike<number | bigint>): number =>
      maskCount(maskFromNonzero([values.length, 1, 1], values));
    expect(counted([0, -0, Number.NaN, 1e-30, -5])).toBe(2);
    expect(counted([0n, 7n])).toBe(1);
  });

  it('counts the bits of a word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
        expect(popcount(word)).toBe([...word.toString(2)].filter((c) => c === '1').length);
      }),
    );
  });

  it('refuses to compare masks of different size', () => {
    expect(() => overlapCount(maskFromNonzero([1, 1, 1], [1]), maskFromNonzero([2, 1, 1], [1, 1]))).toThrow(RangeError);
  });
});

describe('volume', () => {
  const volume = (type: Volume['type'], slope: number, intercept: number): Volume => ({
    grid: { sizeIjk: [2, 1, 1], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    type,
    voxels: allocateVoxels(type, 2),
    rescale: uniformRescale(1, slope, intercept),
    modality: 'CT',
    unit: 'HU',
  });

  it('stores air as the nearest value the type can hold', () => {
    expect(storedFromReal(volume('i16', 1, 0), -1000, 0)).toBe(-1000);
    expect(storedFromReal(volume('u16', 1, -1024), -1000, 0)).toBe(24);
    expect(storedFromReal(volume('u16', 1, 0), -1000, 0)).toBe(0);
    expect(storedFromReal(volume('i8', 1, 0), -1000, 0)).toBe(-128);
    expect(storedFromReal(volume('f32', 2, 1), -1000, 0)).toBe(-500.5);
    expect(storedFromReal(volume('i16', 0, 5), -1000, 0)).toBe(0);
  });

  it('knows the range of every integer type', () => {
    expect(storedRange('u8')).toEqual([0, 255]);
    expect(storedRange('i16')).toEqual([-32768, 32767]);
    expect(storedRange('u32')).toEqual([0, 4294967295]);
  });

  it('finds a volume that does not fit its grid', () => {
    const v = volume('u8', 1, 0);
    expect(() => checkVolume(v)).not.toThrow();
    expect(() => checkVolume({ ...v, voxels: allocateVoxels('u8', 3) })).toThrow(/3 voxels, its grid 2/);
    expect(isUniformRescale(v.rescale)).toBe(true);
    expect(isUniformRescale({ slopePerK: Float64Array.of(1, 2), interceptPerK: Float64Array.of(0, 0) })).toBe(false);
  });
});
