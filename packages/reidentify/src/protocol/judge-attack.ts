import { type Interval, proportionInterval } from '../rates/binomial.ts';
import { bootstrapInterval } from '../rates/bootstrap.ts';
import { cumulativeMatch, openSetRates, rankOf, rankOneAtSize, type Search } from '../rates/identification.ts';
import {
  areaUnderCurve, dPrime, equalErrorRate, type OperatingPoint, type PairScores, rocCurve, trueAcceptRateAt,
} from '../rates/verification.ts'; // prettier-ignore

/** Scores of every unknown against every known, as one attacker sees them; larger is more alike. */
export interface ScoreTable {
  /** Subject of each row. */
  readonly unknown: readonly string[];
  /** Subject of each column; every subject is known once. */
  readonly known: readonly string[];
  /** One row for each unknown; −Infinity where one of the two could not be acquired. */
  readonly scores: readonly Float64Array[];
}

/** k of n with its exact interval. */
export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly interval: Interval;
}

/** Is this unknown that known? */
export interface VerificationRates {
  readonly nGenuine: number;
  readonly nImpostor: number;
  /** Unknowns that no known could be compared with. */
  readonly failuresToAcquire: number;
  readonly areaUnderCurve: number;
  /** Over subjects, 95 %. */
  readonly areaInterval: Interval;
  readonly equalErrorRate: number;
  readonly dPrime: number | undefined;
  /** Share of genuine pairs accepted where at most one impostor in a hundred, in a thousand, is. */
  readonly trueAcceptRateAt1In100: number;
  readonly trueAcceptRateAt1In1000: number;
  /** Genuine pairs at the frozen threshold or above, and impostors; absent without a threshold. */
  readonly accepted?: { readonly threshold: number; readonly genuine: Proportion; readonly impostor: Proportion };
}

/** Which of the knowns is this unknown? */
export interface IdentificationRates {
  readonly gallerySize: number;
  readonly rankOne: Proportion;
  readonly rankFive: Proportion;
  /** Rank-1 of an attacker who draws lots. */
  readonly chance: number;
  /** Share of unknowns whose own is among the first k, k = 1 … 20 or the gallery's size. */
  readonly cumulativeMatch: readonly number[];
  /** Expected rank-1 in smaller galleries drawn from this one. */
  readonly rankOneBySize: readonly { readonly size: number; readonly rate: number }[];
  /**
   * Of an attacker who answers only at the threshold or above: unknowns whose own is known but not returned first, and
   * unknowns that are returned although their own is left out of the gallery. Absent without a threshold.
   */
  readonly openSet?: { readonly missed: number; readonly falseAlarms: number };
}

/** One attacker's success. */
export interface AttackRates {
  readonly verification: VerificationRates;
  readonly identification: IdentificationRates;
  readonly roc: readonly OperatingPoint[];
}

const MOST_RANKS = 20;

/** A count and its exact 95 % interval; of nothing, everything is possible. */
export function proportion(count: number, of: number): Proportion {
  return { count, of, interval: of === 0 ? { low: 0, high: 1 } : proportionInterval(count, of) };
}

/** Genuine and impostor pairs of a table; rows and columns may be drawn several times. */
function pairs({ unknown, known, scores }: ScoreTable, drawn?: readonly string[]): PairScores {
  const weight = drawn && new Map<string, number>();
  for (const subject of drawn ?? []) weight?.set(subject, (weight.get(subject) ?? 0) + 1);
  const times = (subject: string): number => (weight ? (weight.get(subject) ?? 0) : 1);
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (const [row, who] of unknown.entries())
    for (const [column, other] of known.entries()) {
      const isGenuine = who === other;
      const count = isGenuine ? times(who) : times(who) * times(other);
      for (let n = 0; n < count; n++) (isGenuine ? genuine : impostor).push(scores[row][column]);
    }
  return { genuine, impostor };
}

/** Sizes 2, 5, 10, 20, 50 … up to a gallery's. */
function sizesUpTo(size: number): number[] {
  const sizes: number[] = [];
  for (let decade = 1; decade <= size; decade *= 10)
    for (const step of [1, 2, 5]) if (step * decade > 1 && step * decade < size) sizes.push(step * decade);
  return [...sizes, size];
}

/**
 * How well an attacker verifies and identifies. Unknowns that could not be acquired count as not recognised and stay in
 * every rate. RangeError when no unknown is among the knowns, when all are one person, and when a known stands twice.
 */
export function judgeAttack(table: ScoreTable, threshold?: number): AttackRates {
  const { unknown, known, scores } = table;
  if (new Set(known).size !== known.length) throw new RangeError('a subject stands twice among the known');
  const { genuine, impostor } = pairs(table);
  if (genuine.length === 0) throw new RangeError('no subject is both known and unknown');
  if (impostor.length === 0) throw new RangeError('all scans are of one subject: nobody to be mistaken for');
  const all: PairScores = { genuine, impostor };
  const subjects = [...new Set([...unknown, ...known])];
  const areaInterval = bootstrapInterval(subjects.length, (drawn) => {
    const some = pairs(table, drawn.map((n) => subjects[n])); // prettier-ignore
    return some.genuine.length > 0 && some.impostor.length > 0 ? areaUnderCurve(some) : undefined;
  });
  const searches = unknown.map((who, row): Search => {
    const mate = known.indexOf(who);
    return { scores: scores[row], mate: mate < 0 ? undefined : mate };
  });
  const mated = searches.filter(({ mate }) => mate !== undefined);
  const ranks = mated.map((search) => rankOf(search) ?? Infinity);
  const within = (rank: number): Proportion => proportion(ranks.filter((r) => r <= rank).length, ranks.length);
  const count = (values: ArrayLike<number>, least: number): Proportion =>
    proportion(Array.from(values).filter((value) => value >= least).length, values.length);
  return {
    verification: {
      nGenuine: genuine.length,
      nImpostor: impostor.length,
      failuresToAcquire: scores.filter((row) => row.every((score) => score === -Infinity)).length,
      areaUnderCurve: areaUnderCurve(all),
      areaInterval,
      equalErrorRate: equalErrorRate(all),
      dPrime: dPrime(all),
      trueAcceptRateAt1In100: trueAcceptRateAt(all, 1e-2),
      trueAcceptRateAt1In1000: trueAcceptRateAt(all, 1e-3),
      ...(threshold === undefined
        ? {}
        : { accepted: { threshold, genuine: count(genuine, threshold), impostor: count(impostor, threshold) } }),
    },
    identification: {
      gallerySize: known.length,
      rankOne: within(1),
      rankFive: within(5),
      chance: 1 / known.length,
      cumulativeMatch: cumulativeMatch(searches, Math.min(MOST_RANKS, known.length)),
      rankOneBySize: sizesUpTo(known.length).map((size) => ({ size, rate: rankOneAtSize(searches, size) })),
      ...(threshold === undefined ? {} : { openSet: openSet(searches, threshold) }),
    },
    roc: rocCurve(all),
  };
}

/** Each mated search once with its mate and once without. */
function openSet(searches: readonly Search[], threshold: number): { missed: number; falseAlarms: number } {
  const strangers = searches.map(({ scores, mate }): Search => {
    const others = Array.from(scores).filter((_, column) => column !== mate);
    return { scores: others, mate: undefined };
  });
  return {
    missed: openSetRates(searches, threshold).falseNegativeRate ?? 1,
    falseAlarms: openSetRates(strangers, threshold).falsePositiveRate ?? 0,
  };
}
