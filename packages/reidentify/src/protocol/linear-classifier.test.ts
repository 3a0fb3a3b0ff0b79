import { describe, expect, it } from 'vitest';
import { scorePersons } from './attackers.ts';
import type { PersonDescription } from './describe-head.ts';
import { learnWhitening } from './linear-classifier.ts';

function person(descriptors: readonly Float32Array[]): PersonDescription {
  const mean = Float32Array.from(descriptors[0], (_, d) => descriptors.reduce((sum, x) => sum + x[d], 0) / descriptors.length); // prettier-ignore
  return { detectorScores: {}, descriptors, mean };
}

/** Four pictures around a place: 10 to both sides along (1, 1), 0.1 across. */
function pictures(x: number, y: number): Float32Array[] {
  const sides = [[10, 0.1], [10, -0.1], [-10, 0.1], [-10, -0.1]]; // prettier-ignore
  return sides.map(([along, across]) =>
    Float32Array.of(x + (along + across) * Math.SQRT1_2, y + (along - across) * Math.SQRT1_2),
  );
}

describe('the linear classifier', () => {
  it('makes the scatter of one person’s pictures round', () => {
    const known = [person(pictures(0, 0)), person(pictures(3, -3))];
    const whiten = learnWhitening(known);
    // Eight pictures of two persons have six degrees of freedom; three tenths of the mean variance is added to each.
    const [along, across] = [(8 * 100) / 6, (8 * 0.01) / 6];
    const ridge = (0.3 * (along + across)) / 2;
    const [x, y] = whiten?.(Float32Array.of(Math.SQRT1_2, Math.SQRT1_2)) ?? [];
    expect(Math.hypot(x, y)).toBeCloseTo(1 / Math.sqrt(along + ridge), 5);
    const [u, v] = whiten?.(Float32Array.of(Math.SQRT1_2, -Math.SQRT1_2)) ?? [];
    expect(Math.hypot(u, v)).toBeCloseTo(1 / Math.sqrt(across + ridge), 5);
  });

  it('tells apart by what light does not change', async () => {
    const known = [person(pictures(0, 0)), person(pictures(3, -3))];
    // 10 along the diagonal from the first, 4.2 across from the second: nearer to the second by plain distance.
    const unknown = [person([Float32Array.of(9, 9)])];
    const [linear] = await scorePersons('linear', unknown, known, 'euclidean');
    expect(linear[0]).toBeGreaterThan(linear[1]);
    const [nearer] = await scorePersons('linear', [person([Float32Array.of(9, 3)])], known, 'euclidean');
    expect(nearer[1]).toBeGreaterThan(nearer[0]);
  });

  it('has nothing to learn from one picture each, nor from pictures that are alike', async () => {
    const one = person([Float32Array.of(1, 2)]);
    const alike = person([Float32Array.of(1, 2), Float32Array.of(1, 2)]);
    expect(learnWhitening([one, undefined])).toBeUndefined();
    expect(learnWhitening([alike])).toBeUndefined();
    expect([...(await scorePersons('linear', [one], [one], 'euclidean'))[0]]).toEqual([-Infinity]);
  });
});
