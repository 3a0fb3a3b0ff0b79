import { proportion, type Proportion } from '@efface/reidentify';
import { FACE_SHARE, type FiveNumbers, type SiteRow, type SiteVerdict, type SiteWay } from '@efface/report';

/** What of a row counts. */
export type CountedRow = Pick<
  SiteRow,
  'verdict' | 'alteredMl' | 'alteredBodyMl' | 'faceBefore' | 'faceAfter' | 'distance' | 'seconds'
>;

/** What the cases of one way come to: the one place where verdicts, faces and recognition are counted. */
export function countWay(name: string, rows: readonly CountedRow[]): SiteWay {
  const count = (verdict: SiteVerdict): number => rows.filter((row) => row.verdict === verdict).length;
  const counts = { pass: count('pass'), review: count('review'), fail: count('fail'), open: count('open') };
  const done = rows.length - counts.open;
  // What failed left no image: nobody is seen in it, and nothing of it was altered.
  const written = rows.filter(({ verdict }) => verdict === 'pass' || verdict === 'review');
  const share = (key: 'faceBefore' | 'faceAfter' | 'distance', isOne: (value: number) => boolean): Proportion => {
    const values = written.flatMap((row) => row[key] ?? []);
    return proportion(values.filter(isOne).length, values.length);
  };
  const isSeen = (portraits: number): boolean => portraits >= FACE_SHARE;
  return {
    name,
    counts,
    pass: proportion(counts.pass, done),
    review: proportion(counts.review, done),
    fail: proportion(counts.fail, done),
    faceSeenBefore: share('faceBefore', isSeen),
    faceSeenAfter: share('faceAfter', isSeen),
    recognised: share('distance', (inThresholds) => inThresholds <= 1),
    alteredMl: fiveNumbers(written.map(({ alteredMl }) => alteredMl)),
    alteredBodyMl: fiveNumbers(written.map(({ alteredBodyMl }) => alteredBodyMl)),
    seconds: fiveNumbers(rows.map(({ seconds }) => seconds)),
  };
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
