import { type CaseRecord, type RecordFinding, type SiteCase } from '@efface/report';
import { expect, it } from 'vitest';
import { reasonCounts } from './reason-counts.ts';

function caseOf(verdict: SiteCase['verdict'], findings: readonly RecordFinding[]): SiteCase {
  const record = { verdict, findings, images: [] } as unknown as CaseRecord;
  const groups = [{ name: 'g', record, pictures: new Map<string, string>(), drift: [], emptyStructures: [], dose: [] }];
  return { id: 'a/b', input: 'a', way: 'b', key: '', shard: 0, verdict, attempt: 1, durationMs: undefined, groups, failures: [], leftOut: [], review: undefined }; // prettier-ignore
}

it('counts a reason once a case, failures first, and no notes', () => {
  const finding = (code: string, severity: RecordFinding['severity']): RecordFinding => ({ code, severity, message: `says ${code}` }); // prettier-ignore
  const found = reasonCounts([
    caseOf('review', [finding('LOOK', 'review'), finding('LOOK', 'review'), finding('N', 'note')]),
    caseOf('review', [finding('LOOK', 'review')]),
    caseOf('fail', [finding('BAD', 'fail')]),
  ]);
  expect(found.map(({ code, severity, nCases }) => [code, severity, nCases])).toEqual([['BAD', 'fail', 1], ['LOOK', 'review', 2]]); // prettier-ignore
  expect(found[0].example).toBe('says BAD');
});
