import type { BenchRecord } from './record.ts';
import { median, medianInterval } from './statistics.ts';
import { alignedTable, timeText } from './table.ts';

/**
 * How a case did between two runs. FASTER and SLOWER only when the 95 % intervals of the medians lie apart and the
 * medians differ by more than MIN_CHANGE; SAME when each median lies in the other's interval or they differ by less;
 * AMBIGUOUS otherwise, and when a run has too few samples or no time.
 */
export type Verdict = 'SAME' | 'FASTER' | 'SLOWER' | 'AMBIGUOUS';

/** One case in two runs. */
export interface BenchComparison {
  readonly name: string;
  readonly adapter: string;
  readonly beforeNs: number | null;
  readonly afterNs: number | null;
  readonly verdict: Verdict;
}

/** Changes below are not worth a word, however sure they are. */
const MIN_CHANGE = 0.02;

const MIN_SAMPLES = 6;

/** Verdict from the samples of two runs. */
export function compareSamples(before: readonly number[], after: readonly number[]): Verdict {
  if (before.length < MIN_SAMPLES || after.length < MIN_SAMPLES) return 'AMBIGUOUS';
  const [beforeLow, beforeHigh] = medianInterval(before);
  const [afterLow, afterHigh] = medianInterval(after);
  const beforeNs = median(before);
  const afterNs = median(after);
  const isSmall = Math.abs(afterNs / beforeNs - 1) <= MIN_CHANGE;
  if (afterHigh < beforeLow) return isSmall ? 'SAME' : 'FASTER';
  if (afterLow > beforeHigh) return isSmall ? 'SAME' : 'SLOWER';
  const meet = beforeLow <= afterNs && afterNs <= beforeHigh && afterLow <= beforeNs && beforeNs <= afterHigh;
  return meet || isSmall ? 'SAME' : 'AMBIGUOUS';
}

/** Compares the cases that two runs share: same kernel, case, variant and adapter. */
export function compareRuns(before: readonly BenchRecord[], after: readonly BenchRecord[]): BenchComparison[] {
  const known = new Map(before.map((record) => [keyOf(record), record]));
  return after.flatMap((record) => {
    const old = known.get(keyOf(record));
    if (old === undefined) return [];
    const verdict = old.timer === record.timer ? compareSamples(old.samplesNs, record.samplesNs) : 'AMBIGUOUS';
    const name = `${record.kernel}:${record.case}`;
    return [{ name, adapter: record.adapter.name, beforeNs: old.medianNs, afterNs: record.medianNs, verdict }];
  });
}

/** A comparison as aligned lines. */
export function comparisonTable(comparisons: readonly BenchComparison[]): string {
  const head = ['case', 'adapter', 'before', 'after', 'change', 'verdict'];
  const rows = comparisons.map(({ name, adapter, beforeNs, afterNs, verdict }) => {
    const change = beforeNs === null || afterNs === null ? '-' : `${(100 * (afterNs / beforeNs - 1)).toFixed(1)}%`;
    return [name, adapter, timeText(beforeNs), timeText(afterNs), change, verdict];
  });
  return alignedTable([head, ...rows]);
}

function keyOf({ kernel, case: id, variant, adapter }: BenchRecord): string {
  return [kernel, id, variant, adapter.backend, adapter.name].join('\n');
}
