import { type CaseRecord, type RecordFinding, type SiteCase } from '@efface/report';
import { describe, expect, it } from 'vitest';
import { fiveNumbers, reasonCounts, summariseWay } from './summarise.ts';

/** A case as far as the summary looks. */
function caseOf(verdict: SiteCase['verdict'], parts: { readonly alteredMl?: number; readonly distance?: number; readonly seen?: number; readonly findings?: readonly RecordFinding[]; readonly ms?: number }): SiteCase {
  const { alteredMl = 0, distance, seen = 0, findings = [], ms } = parts;
  const recognition = distance === undefined ? {} : { recognition: { faceSeenShareBefore: 1, faceSeenShareAfter: seen, descriptorDistance: distance, descriptorDistanceThreshold: 0.4 } };
  const record = { verdict, findings, images: [{ modality: 'CT', alteredMl, ...recognition }] } as unknown as CaseRecord;
  const groups = verdict === 'open' ? [] : [{ name: 'g', record, pictures: new Map<string, string>(), drift: [], emptyStructures: [], dose: [] }];
  return { id: 'a/b', input: 'a', way: 'b', key: '', shard: 0, verdict, attempt: 1, durationMs: ms, groups, failures: [], leftOut: [], review: undefined };
} // prettier-ignore

describe('a summary', () => {
  it('has quartiles as numpy.percentile has them', () => {
    expect(fiveNumbers([])).toBeUndefined();
    expect(fiveNumbers([null, 3])).toEqual([3, 3, 3, 3, 3]);
    // numpy.percentile([1, 2, 4, 8], [0, 25, 50, 75, 100])
    expect(fiveNumbers([8, 1, null, 4, 2])).toEqual([1, 1.75, 3, 5, 8]);
  });

  it('counts those that left an image, with exact intervals', () => {
    const way = summariseWay('b', [
      caseOf('pass', { alteredMl: 10, distance: 0.5, ms: 1000 }),
      caseOf('pass', { alteredMl: 30, distance: 0.3, seen: 0.1, ms: 3000 }),
      // Failed: whoever is recognised in it is recognised in nothing that left.
      caseOf('fail', { alteredMl: 99, distance: 0.1, seen: 1, ms: 2000 }),
      caseOf('open', {}),
    ]);
    expect(way.counts).toEqual({ pass: 2, review: 0, fail: 1, open: 1 });
    expect(way.passed).toMatchObject({ k: 2, n: 3 });
    expect(way.recognised).toMatchObject({ k: 1, n: 2 });
    expect(way.faceSeen).toMatchObject({ k: 1, n: 2 });
    // Clopper and Pearson's interval of 1 of 2: 1 − √0.975 and √0.975.
    expect(way.recognised?.low).toBeCloseTo(1 - Math.sqrt(0.975), 9);
    expect(way.recognised?.high).toBeCloseTo(Math.sqrt(0.975), 9);
    expect(way.alteredMl).toEqual([10, 15, 20, 25, 30]);
    expect(way.seconds).toEqual([1, 1.5, 2, 2.5, 3]);
    expect(summariseWay('b', [])).toMatchObject({ passed: undefined, faceSeen: undefined, seconds: undefined });
  });

  it('counts a reason once a case, failures first, and no notes', () => {
    const finding = (code: string, severity: RecordFinding['severity']): RecordFinding => ({ code, severity, message: `says ${code}` }); // prettier-ignore
    const found = reasonCounts([
      caseOf('review', { findings: [finding('LOOK', 'review'), finding('LOOK', 'review'), finding('N', 'note')] }),
      caseOf('review', { findings: [finding('LOOK', 'review')] }),
      caseOf('fail', { findings: [finding('BAD', 'fail')] }),
    ]);
    expect(found.map(({ code, severity, nCases }) => [code, severity, nCases])).toEqual([['BAD', 'fail', 1], ['LOOK', 'review', 2]]); // prettier-ignore
    expect(found[0].example).toBe('says BAD');
  });
});
