import { describe, expect, it } from 'vitest';
import { binomialTail, mcNemar, proportionInterval } from './binomial.ts';
import { bootstrapInterval } from './bootstrap.ts';
import { cumulativeMatch, openSetRates, rankOf, rankOneAtSize, type Search } from './identification.ts';
import {
  areaUnderCurve, dPrime, equalErrorRate, rocCurve, thresholdAtFalseMatchRate, trueAcceptRateAt,
} from './verification.ts'; // prettier-ignore

describe('proportions', () => {
  it('exact intervals: closed forms at the ends, R binom.test between', () => {
    expect(proportionInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(1 - 0.025 ** 0.1, 12) as number });
    expect(proportionInterval(10, 10)).toEqual({ low: expect.closeTo(0.025 ** 0.1, 12) as number, high: 1 });
    expect(proportionInterval(5, 10).low).toBeCloseTo(0.187086, 6);
    expect(proportionInterval(5, 10).high).toBeCloseTo(0.812914, 6);
    expect(proportionInterval(9, 10).low).toBeCloseTo(0.5549839, 6);
    expect(proportionInterval(9, 10).high).toBeCloseTo(0.9974714, 6);
    expect(() => proportionInterval(3, 2)).toThrow(RangeError);
  });

  it('tails are sums of binomial terms, far out too', () => {
    expect(binomialTail(3, 9, 0.5)).toBeCloseTo((1 + 9 + 36 + 84) / 512, 14);
    expect(binomialTail(0, 5000, 0.001)).toBeCloseTo(0.999 ** 5000, 12);
    expect(binomialTail(5000, 5000, 0.3)).toBe(1);
  });

  it('McNemar: 2·Σ C(9, ≤1)/2⁹, and 1 where nothing differs', () => {
    expect(mcNemar(1, 8)).toBeCloseTo(20 / 512, 14);
    expect(mcNemar(8, 1)).toBeCloseTo(20 / 512, 14);
    expect(mcNemar(0, 0)).toBe(1);
    expect(mcNemar(4, 4)).toBe(1);
  });
});

describe('verification', () => {
  const scores = { genuine: [0.9, 0.8, 0.4, -Infinity], impostor: [0.1, 0.2, 0.4, 0.5, 0.3] };

  it('the curve goes from nobody to all that could be compared', () => {
    const curve = rocCurve(scores);
    expect(curve[0]).toEqual({ threshold: Infinity, falseMatchRate: 0, trueAcceptRate: 0 });
    expect(curve.find(({ threshold }) => threshold === 0.5)).toEqual({ threshold: 0.5, falseMatchRate: 0.2, trueAcceptRate: 0.5 }); // prettier-ignore
    expect(curve.at(-1)).toEqual({ threshold: 0.1, falseMatchRate: 1, trueAcceptRate: 0.75 });
  });

  it('the area counts pairs in order, ties by half, failures as lost', () => {
    // 5 + 5 + (3 + ½) + 0 of 20.
    expect(areaUnderCurve(scores)).toBeCloseTo(13.5 / 20, 14);
    expect(areaUnderCurve({ genuine: [1, 2], impostor: [1, 2] })).toBe(0.5);
  });

  it('of two normal distributions: area Φ(d′/√2), equal error Φ(−d′/2)', () => {
    // Scores at the quantiles of N(2, 1) and N(0, 1): Φ(√2) and Φ(−1).
    const quantiles = Array.from({ length: 2001 }, (_, n) => inverseNormal((n + 0.5) / 2001));
    const pairs = { genuine: quantiles.map((q) => q + 2), impostor: quantiles };
    expect(areaUnderCurve(pairs)).toBeCloseTo(0.9213504, 3);
    expect(equalErrorRate(pairs)).toBeCloseTo(0.1586553, 3);
    expect(dPrime(pairs)).toBeCloseTo(2, 2);
  });

  it('thresholds accept no more impostors than allowed', () => {
    const impostor = Array.from({ length: 200 }, (_, n) => n / 200);
    const threshold = thresholdAtFalseMatchRate(impostor, 0.01);
    expect(impostor.filter((score) => score >= threshold)).toHaveLength(2);
    // Too few for one in a thousand: none is accepted.
    expect(thresholdAtFalseMatchRate(impostor, 0.001)).toBeGreaterThan(199 / 200);
    expect(trueAcceptRateAt({ genuine: [0.98, 0.995, 2, 3], impostor }, 0.01)).toBe(0.75);
    expect(() => trueAcceptRateAt({ genuine: [], impostor }, 0.01)).toThrow(RangeError);
    expect(() => rocCurve({ genuine: [Number.NaN], impostor })).toThrow(RangeError);
  });
});

describe('identification', () => {
  const searches: readonly Search[] = [
    { scores: [0.9, 0.5, 0.1, 0.2], mate: 0 },
    { scores: [0.9, 0.5, 0.5, 0.2], mate: 1 },
    { scores: [0.1, 0.2, 0.3, -Infinity], mate: 3 },
    { scores: [0.1, 0.6, 0.3, 0.2], mate: undefined },
  ];

  it('ranks: ties count against the attacker, failures never match', () => {
    expect(searches.map(rankOf)).toEqual([1, 3, Infinity, undefined]);
    expect(cumulativeMatch(searches, 4)).toEqual([1 / 3, 1 / 3, 2 / 3, 2 / 3]);
  });

  it('open set: who is not there must not be found, who is there must be first and sure', () => {
    expect(openSetRates(searches, 0.55)).toEqual({ falsePositiveRate: 1, falseNegativeRate: 2 / 3 });
    expect(openSetRates(searches, 0.95)).toEqual({ falsePositiveRate: 0, falseNegativeRate: 1 });
  });

  it('smaller galleries: the chance that nobody better is drawn', () => {
    expect(rankOneAtSize(searches, 4)).toBeCloseTo(1 / 3, 14);
    // The second search has 2 better of 3 others: one other is drawn that is not better in 1/3.
    expect(rankOneAtSize(searches, 2)).toBeCloseTo((1 + 1 / 3) / 3, 14);
    expect(rankOneAtSize(searches, 1)).toBeCloseTo(2 / 3, 14);
    expect(() => rankOneAtSize(searches, 5)).toThrow(RangeError);
  });
});

it('the bootstrap interval of a mean is its normal one', () => {
  // 400 subjects, half 0 and half 1: σ of the mean is 0.5/20.
  const { low, high } = bootstrapInterval(400, (drawn) => drawn.reduce((sum, n) => sum + (n % 2), 0) / drawn.length);
  expect(low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
  expect(high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  expect(bootstrapInterval(10, ([first]) => first, { seed: 3 })).toEqual(bootstrapInterval(10, ([first]) => first, { seed: 3 })); // prettier-ignore
  expect(() => bootstrapInterval(5, () => undefined)).toThrow(RangeError);
});

/** Quantile of the standard normal distribution by bisection of its distribution function. */
function inverseNormal(p: number): number {
  let low = -9;
  let high = 9;
  for (let n = 0; n < 60; n++) {
    const x = (low + high) / 2;
    if (normal(x) < p) low = x;
    else high = x;
  }
  return (low + high) / 2;
}

/** Φ by its series: φ(x)·(x + x³/3 + x⁵/15 + …) + ½. */
function normal(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; n < 300; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
