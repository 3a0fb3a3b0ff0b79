import { describe, expect, it } from 'vitest';
import { otsuEdge } from './intensity.ts';
import { halfSampleMode, quantile } from './quantile.ts';

describe('quantile', () => {
  it('is the lower neighbour of the sorted values', () => {
    expect(quantile([5, 1, 4, 2, 3], 0)).toBe(1);
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantile([5, 1, 4, 2, 3], 1)).toBe(5);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('halfSampleMode', () => {
  it('is the value that occurs most in a sample with outliers', () => {
    expect(halfSampleMode([0, 0, 0, 0, 7, 9, 30, 100])).toBe(0);
    expect(halfSampleMode([4])).toBe(4);
    expect(halfSampleMode([])).toBeNaN();
  });

  it('finds the peak of a skewed density', () => {
    // Exponential with its peak at 3: mean 4, median 3.7.
    const values = Array.from({ length: 4000 }, (_, n) => 3 - Math.log(1 - (n + 0.5) / 4000));
    expect(halfSampleMode(values)).toBeCloseTo(3, 2);
  });
});

describe('otsuEdge', () => {
  it('parts two peaks at the gap between them', () => {
    const counts = [5, 9, 5, 0, 0, 0, 4, 8, 8, 4];
    expect(otsuEdge(counts)).toBe(3);
  });
});
