import { expect, it } from 'vitest';
import { Lumps, normalShare } from './lumps.ts';

const lumps = new Lumps(3);

it('is a normal field of mean 0 and variance 1 on its nodes', () => {
  let [sum, squares, below] = [0, 0, 0];
  const n = 64 ** 3;
  for (let k = 0; k < 64; k++)
    for (let j = 0; j < 64; j++)
      for (let i = 0; i < 64; i++) {
        const value = lumps.at(i, j, k);
        sum += value;
        squares += value * value;
        if (value < 1) below++;
      }
  expect(sum / n).toBeCloseTo(0, 4);
  expect(squares / n).toBeCloseTo(1, 4);
  // 0.841345 of a normal distribution; 64³ nodes are some 64³/27 independent ones.
  expect(Math.abs(below / n - 0.841345)).toBeLessThan(4 * Math.sqrt((0.8413 * 0.1587 * 27) / n));
});

it('goes on without a seam, linear between nodes, and the same again for the same seed', () => {
  expect(lumps.at(-1.25, 70.5, 3)).toBe(lumps.at(62.75, 6.5, 67));
  expect(lumps.at(4.25, 5, 6)).toBeCloseTo(0.75 * lumps.at(4, 5, 6) + 0.25 * lumps.at(5, 5, 6), 6);
  expect(new Lumps(3).at(1.5, 2.5, 3.5)).toBe(lumps.at(1.5, 2.5, 3.5));
  expect(new Lumps(4).at(1.5, 2.5, 3.5)).not.toBe(lumps.at(1.5, 2.5, 3.5));
});

it('shares a normal distribution', () => {
  // NIST Digital Library of Mathematical Functions, 7.17: Φ(0), Φ(1), Φ(−2), Φ(0.5).
  const known = [[0, 0.5], [1, 0.8413447], [-2, 0.0227501], [0.5, 0.6914625]] as const; // prettier-ignore
  for (const [x, share] of known) expect(Math.abs(normalShare(x) - share)).toBeLessThan(3e-4);
});
