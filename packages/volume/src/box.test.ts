import { describe, expect, it } from 'vitest';
import { boxOfMask, cutMask, grownBox, wholeBox } from './box.ts';
import { createMask, type Mask, maskCount, maskHas } from './mask.ts';
import type { Vec3 } from './vec3.ts';

const SIZE: Vec3 = [75, 9, 7];

function maskOf(...points: readonly Vec3[]): Mask {
  const mask = createMask(SIZE);
  for (const [i, j, k] of points) mask.words[(k * SIZE[1] + j) * mask.wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
  return mask;
}

describe('boxOfMask', () => {
  it('holds all of a mask, from a whole word on', () => {
    expect(boxOfMask(maskOf([40, 3, 2], [41, 5, 4]))).toEqual({ lowIjk: [32, 3, 2], sizeIjk: [32, 3, 3] });
    expect(boxOfMask(maskOf([3, 0, 0], [74, 8, 6]))).toEqual(wholeBox(SIZE));
  });

  it('of an empty mask is none', () => {
    expect(boxOfMask(maskOf())).toBeUndefined();
  });
});

it('a box grows within the grid and stays at a whole word', () => {
  const box = { lowIjk: [32, 3, 2], sizeIjk: [32, 3, 3] } as const;
  expect(grownBox(box, [5, 2, 9], SIZE)).toEqual({ lowIjk: [0, 1, 0], sizeIjk: [69, 7, 7] });
  expect(grownBox(box, [0, 0, 0], SIZE)).toEqual(box);
});

describe('cutMask', () => {
  it('has the bits of the whole', () => {
    const mask = maskOf([40, 3, 2], [41, 5, 4], [68, 4, 3], [69, 4, 3], [2, 4, 3]);
    const cut = cutMask(mask, { lowIjk: [32, 3, 2], sizeIjk: [37, 3, 3] });
    expect(maskCount(cut)).toBe(3);
    for (const [i, j, k] of [[40, 3, 2], [41, 5, 4], [68, 4, 3]]) expect(maskHas(cut, i - 32, j - 3, k - 2)).toBe(true); // prettier-ignore
    expect(cutMask(mask, wholeBox(SIZE))).toEqual(mask);
  });

  it('refuses to cut through a word', () => {
    expect(() => cutMask(maskOf(), { lowIjk: [8, 0, 0], sizeIjk: [8, 1, 1] })).toThrow(RangeError);
  });
});
