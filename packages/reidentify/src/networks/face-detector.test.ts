import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipToPicture, type FaceDetection, overlap, suppressNonMaxima } from './face-detector.ts';
import type { PixelBox } from './face-picture.ts';
import { decodeCells } from './tiny-face-detector.ts';

const box = (leftPx: number, topPx: number, widthPx: number, heightPx: number): PixelBox => ({
  leftPx,
  topPx,
  widthPx,
  heightPx,
});

describe('overlap', () => {
  it.each([
    ['the same box', box(0, 0, 4, 4), 1],
    ['half of it', box(0, 0, 4, 2), 1 / 2],
    ['a quarter shared', box(2, 2, 4, 4), 4 / 28],
    ['an edge shared', box(4, 0, 4, 4), 0],
    ['far away', box(40, 40, 4, 4), 0],
    ['no area', box(1, 1, 0, 2), 0],
    ['a negative size', box(1, 1, -2, 2), 0],
  ])('of a box of 4 × 4 with %s', (_, other, expected) => {
    expect(overlap(box(0, 0, 4, 4), other)).toBeCloseTo(expected, 14);
    expect(overlap(other, box(0, 0, 4, 4))).toBeCloseTo(expected, 14);
  });
});

describe('suppressNonMaxima', () => {
  const place = fc.integer({ min: 0, max: 20 });
  const size = fc.integer({ min: 1, max: 12 });
  const detection = fc.record({
    score: fc.integer({ min: 0, max: 9 }),
    box: fc.record({ leftPx: place, topPx: place, widthPx: size, heightPx: size }),
  });

  it('keeps no two that overlap, drops nothing without a better one that does, best first', () => {
    fc.assert(
      fc.property(fc.array(detection, { maxLength: 30 }), (candidates: FaceDetection[]) => {
        const kept = suppressNonMaxima(candidates, 0.4, 100);
        for (const [n, a] of kept.entries())
          for (const b of kept.slice(n + 1)) {
            expect(overlap(a.box, b.box)).toBeLessThanOrEqual(0.4);
            expect(a.score).toBeGreaterThanOrEqual(b.score);
          }
        for (const candidate of candidates)
          if (!kept.includes(candidate))
            expect(kept.some((k) => k.score >= candidate.score && overlap(k.box, candidate.box) > 0.4)).toBe(true);
      }),
    );
  });

  it('keeps at most as many as asked for', () => {
    const apart = Array.from({ length: 5 }, (_, n) => ({ score: n, box: box(10 * n, 0, 4, 4) }));
    expect(suppressNonMaxima(apart, 0.5, 2).map(({ score }) => score)).toEqual([4, 3]);
  });
});

describe('clipToPicture', () => {
  it('keeps what is inside, and no size of what is outside', () => {
    const picture = { width: 10, height: 6, channels: 1, samples: new Uint8Array(60) } as const;
    expect(clipToPicture(box(-2, 3, 5, 9), picture)).toEqual(box(0, 3, 3, 3));
    expect(clipToPicture(box(12, -9, 5, 4), picture)).toEqual(box(10, 0, 0, 0));
  });
});

describe('decodeCells', () => {
  it('puts an anchor of zeros in the middle of its cell at its own size', () => {
    const values = new Float32Array(2 * 2 * 25).fill(0);
    for (let n = 4; n < values.length; n += 5) values[n] = -20;
    // Row 1, column 0, second anchor (6.041143 × 7.080126 cells); logit 0 is a score of one half.
    const at = 2 * 25 + 5;
    values[at + 4] = 0;
    const [only, ...others] = decodeCells({ values, dims: [1, 2, 2, 25] }, 0, 64, 0.1);
    expect(others).toEqual([]);
    expect(only.score).toBe(0.5);
    expect(only.box.widthPx).toBeCloseTo(6.041143 * 32, 10);
    expect(only.box.heightPx).toBeCloseTo(7.080126 * 32, 10);
    expect(only.box.leftPx + only.box.widthPx / 2).toBeCloseTo(16, 10);
    expect(only.box.topPx + only.box.heightPx / 2).toBeCloseTo(48, 10);
  });

  it('reads the picture it is asked for, and scales by the exponential', () => {
    const values = new Float32Array(2 * 25).fill(-20);
    values.set([0, 0, Math.LN2, -Math.LN2, 20], 25);
    expect(decodeCells({ values, dims: [2, 1, 1, 25] }, 0, 32, 0.5)).toEqual([]);
    const [found] = decodeCells({ values, dims: [2, 1, 1, 25] }, 1, 32, 0.5);
    expect(found.box.widthPx).toBeCloseTo(2 * 1.603231 * 32, 4);
    expect(found.box.heightPx).toBeCloseTo((2.094468 * 32) / 2, 4);
  });
});
