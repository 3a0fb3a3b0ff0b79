import { proportionInterval } from '@efface/reidentify';
import {
  type FiveNumbers, type RecordImage, rowOf, type SiteCase, type SiteRate, type SiteReasonCount, type SiteVerdict, type SiteWay,
} from '@efface/report'; // prettier-ignore

/** What the cases of one way come to. */
export function summariseWay(name: string, cases: readonly SiteCase[]): SiteWay {
  const count = (verdict: SiteVerdict): number => cases.filter((found) => found.verdict === verdict).length;
  const counts = { pass: count('pass'), review: count('review'), fail: count('fail'), open: count('open') };
  // What failed left no image: nobody is seen in it, and nothing of it was altered.
  const written = cases.filter(({ verdict }) => verdict === 'pass' || verdict === 'review');
  const recognitions = written.map(recognitionsOf).filter((found) => found.length > 0);
  return {
    name,
    counts,
    passed: rate(counts.pass, cases.length - counts.open),
    faceSeen: rate(recognitions.filter((found) => found.some(({ faceSeenShareAfter }) => faceSeenShareAfter > 0)).length, recognitions.length),
    recognised: rate(recognitions.filter((found) => found.some(isOnePerson)).length, recognitions.length),
    alteredMl: fiveNumbers(written.map((found) => rowOf(found).alteredMl)),
    seconds: fiveNumbers(cases.map((found) => rowOf(found).seconds)),
  }; // prettier-ignore
}

type RecognitionScores = NonNullable<RecordImage['recognition']>;

function recognitionsOf({ groups }: SiteCase): RecognitionScores[] {
  return groups.flatMap(({ record }) => record.images.flatMap(({ recognition }) => (recognition ? [recognition] : [])));
}

function isOnePerson({ descriptorDistance, descriptorDistanceThreshold }: RecognitionScores): boolean {
  return descriptorDistance < descriptorDistanceThreshold;
}

function rate(k: number, n: number): SiteRate | undefined {
  return n === 0 ? undefined : { k, n, ...proportionInterval(k, n) };
}

/** Least, quartiles (Hyndman and Fan's type 7, as R and NumPy) and largest of what is there. */
export function fiveNumbers(values: readonly (number | null)[]): FiveNumbers | undefined {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return [at(0), at(0.25), at(0.5), at(0.75), at(1)];
}

/** Why cases failed or are for review, the most frequent first. */
export function reasonCounts(cases: readonly SiteCase[]): SiteReasonCount[] {
  const counts = new Map<string, SiteReasonCount>();
  for (const { groups, failures } of cases) {
    const found = groups.flatMap(({ record }) => record.findings);
    const reasons = [...failures.map((failure) => ({ ...failure, severity: 'fail' as const })), ...found];
    const seen = new Set<string>();
    for (const { code, severity, message } of reasons) {
      if (severity === 'note' || seen.has(code)) continue;
      seen.add(code);
      const other = counts.get(code);
      const worst = other?.severity === 'fail' || severity === 'fail' ? 'fail' : 'review';
      counts.set(code, { code, severity: worst, nCases: (other?.nCases ?? 0) + 1, example: other?.example ?? message });
    }
  }
  const isFail = ({ severity }: SiteReasonCount): number => Number(severity === 'fail');
  return [...counts.values()].sort(
    (a, b) => isFail(b) - isFail(a) || b.nCases - a.nCases || (a.code < b.code ? -1 : 1),
  );
}
