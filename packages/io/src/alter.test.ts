import fc from 'fast-check';
import {
  allocateVoxels, createMask, maskFromNonzero, uniformRescale, type Vec3, type Volume, type VoxelType,
} from '@efface/volume'; // prettier-ignore
import { describe, expect, it } from 'vitest';
import { alterVoxels, checkAlteration, emptyAlteration } from './alter.ts';
import type { Alteration, Fill } from './scan.ts';

function alteration(mask: Alteration['mask'], fill: Fill): Alteration {
  return { mask, fill, methodText: 'test', softwareVersion: '0', verified: true };
}

function volume(type: VoxelType, sizeIjk: Vec3): Volume {
  const grid = { sizeIjk, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
  const voxels = allocateVoxels(type, sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  return { grid, type, voxels, rescale: uniformRescale(sizeIjk[2], 1, 0), modality: 'OT', unit: 'arbitrary' };
}

describe('altering voxels', () => {
  const cases = fc
    .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
    .chain(([ni, nj, nk]) => {
      const count = ni * nj * nk;
      // Long runs as well as single bits: whole words, words with holes, rows that end inside a word.
      const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 70 }), fc.constantFrom(0, 1)), { maxLength: 40 });
      const cut = fc.tuple(fc.integer({ min: 0, max: count }), fc.integer({ min: 0, max: count }));
      return fc.record({ size: fc.constant<Vec3>([ni, nj, nk]), runs, cut });
    });

  it('changes exactly the masked voxels of any run of the frame, like a loop over all of them', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ size, runs, cut }, isConstant) => {
        const count = size[0] * size[1] * size[2];
        const bits = new Uint8Array(count);
        let at = 0;
        for (const [length, bit] of runs) bits.fill(bit, at, (at += length));
        const [from, to] = cut[0] < cut[1] ? cut : [cut[1], cut[0]];
        const source = Int16Array.from({ length: count }, (_, n) => 1000 + n);
        const storedPerK = Float64Array.from({ length: size[2] }, (_, k) => -k - 1);
        const fill: Fill = isConstant
          ? { kind: 'constant', storedPerK: [new Float64Array(size[2]), storedPerK] }
          : { kind: 'voxels', voxels: [new Int16Array(count), source] };
        const target = new Int16Array(to - from);
        const altered = alterVoxels(alteration(maskFromNonzero(size, bits), fill), 1, from, target);
        const expected = Array.from(target, (_, n) => {
          const voxel = from + n;
          if (bits[voxel] === 0) return 0;
          return isConstant ? storedPerK[Math.floor(voxel / (size[0] * size[1]))] : source[voxel];
        });
        expect([...target]).toEqual(expected);
        expect(altered).toBe(expected.filter((v) => v !== 0).length);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what does not fit', () => {
    const size: Vec3 = [2, 3, 4];
    const frames = [volume('u8', size), volume('u8', size)];
    const mask = createMask(size);
    const constant = (...stored: number[]): Fill => ({
      kind: 'constant',
      storedPerK: stored.map((v) => new Float64Array(4).fill(v)),
    });
    const check = (fill: Fill, on = frames): void => checkAlteration(alteration(mask, fill), on);
    expect(() => check(constant(0, 255))).not.toThrow();
    expect(() => check(constant(0))).toThrow('the fill has 1 frames, the image 2');
    for (const stored of [-1, 256, 0.5, Number.NaN, Infinity]) expect(() => check(constant(0, stored))).toThrow('u8');
    expect(() => check({ kind: 'constant', storedPerK: [new Float64Array(4), new Float64Array(3)] })).toThrow('slices');
    const voxels = new Uint8Array(24);
    expect(() => check({ kind: 'voxels', voxels: [voxels, voxels] })).not.toThrow();
    expect(() => check({ kind: 'voxels', voxels: [voxels, new Int8Array(24)] })).toThrow('Int8Array');
    expect(() => check({ kind: 'voxels', voxels: [voxels, voxels.subarray(1)] })).toThrow('23 voxels');
    // 2^64 is what the limit of u64 rounds to, and would be stored as 0.
    const wide = [volume('u64', size)];
    expect(() => check(constant(2 ** 53), wide)).not.toThrow();
    expect(() => check(constant(2 ** 64), wide)).toThrow('u64');
    expect(() => check(constant(2 ** 63), [volume('i64', size)])).toThrow('i64');
    expect(() => check(constant(-(2 ** 63)), [volume('i64', size)])).not.toThrow();
    expect(() => check(constant(0.5), [volume('f32', size)])).not.toThrow();
    expect(() => check(constant(1e39), [volume('f32', size)])).toThrow('f32');
  });

  it('an empty alteration has an empty mask', () => {
    const frames = [volume('i16', [2, 2, 2])];
    expect(() => emptyAlteration(frames, maskFromNonzero([2, 2, 2], [1, 0, 0, 0, 0, 0, 0, 0]))).toThrow('empty');
    expect(() => checkAlteration(emptyAlteration(frames, createMask([2, 2, 2])), frames)).not.toThrow();
  });
});
