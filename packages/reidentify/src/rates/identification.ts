/** What a search of one probe in a gallery gave. */
export interface Search {
  /** Scores of the gallery's subjects, larger is more alike; −Infinity where nothing could be compared. */
  readonly scores: ArrayLike<number>;
  /** Which of them is the probe's own; undefined for somebody who is not in the gallery. */
  readonly mate: number | undefined;
}

/**
 * Rank of the mate among the scores, 1 for the best. Ties count against the attacker: others with the same score come
 * first. Infinity when the mate could not be compared, undefined without one.
 */
export function rankOf({ scores, mate }: Search): number | undefined {
  if (mate === undefined) return undefined;
  const own = scores[mate];
  if (!(own > -Infinity)) return Infinity;
  let rank = 1;
  for (let n = 0; n < scores.length; n++) if (n !== mate && scores[n] >= own) rank++;
  return rank;
}

/** Share of mated searches whose mate is among the first k, for k = 1 … most. Chance is k / gallery size. */
export function cumulativeMatch(searches: readonly Search[], most: number): number[] {
  const ranks = searches.map(rankOf).filter((rank) => rank !== undefined);
  if (ranks.length === 0) throw new RangeError('a match characteristic needs searches whose subject is in the gallery');
  return Array.from({ length: most }, (_, n) => ranks.filter((rank) => rank <= n + 1).length / ranks.length);
}

/** What an attacker who answers only above a threshold gets wrong. */
export interface OpenSetRates {
  /** Share of searches without a mate that return anybody; undefined without such searches. */
  readonly falsePositiveRate: number | undefined;
  /** Share of searches with a mate that do not return it first, at the threshold or above; undefined without. */
  readonly falseNegativeRate: number | undefined;
}

/** Open-set identification (ISO/IEC 19795-1: FPIR and FNIR at rank 1). */
export function openSetRates(searches: readonly Search[], threshold: number): OpenSetRates {
  const mated = searches.filter(({ mate }) => mate !== undefined);
  const others = searches.filter(({ mate }) => mate === undefined);
  const misses = mated.filter((search) => !(rankOf(search) === 1 && search.scores[search.mate ?? 0] >= threshold));
  const alarms = others.filter(({ scores }) => Array.from(scores).some((score) => score >= threshold));
  return {
    falsePositiveRate: others.length === 0 ? undefined : alarms.length / others.length,
    falseNegativeRate: mated.length === 0 ? undefined : misses.length / mated.length,
  };
}

/**
 * Expected rank-1 rate in a gallery of `size` subjects, the mate among them, the others drawn at random without
 * replacement from those there are: the probability that none of the subjects at least as alike as the mate is drawn.
 * Exact, so no sampling is needed. Throws RangeError for sizes that are not 1 … the gallery's.
 */
export function rankOneAtSize(searches: readonly Search[], size: number): number {
  const mated = searches.filter(({ mate }) => mate !== undefined);
  let sum = 0;
  for (const search of mated) {
    const others = search.scores.length - 1;
    if (!(Number.isInteger(size) && size >= 1 && size <= others + 1))
      throw new RangeError(`a gallery of ${size} cannot be drawn from ${others + 1}`);
    const rank = rankOf(search) ?? Infinity;
    if (rank === Infinity) continue;
    const better = rank - 1;
    // C(others − better, size − 1) / C(others, size − 1), factor by factor.
    let none = 1;
    for (let n = 0; n < size - 1; n++) none *= Math.max(0, others - better - n) / (others - n);
    sum += none;
  }
  return sum / mated.length;
}
