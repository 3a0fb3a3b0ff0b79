import { type SiteCase, type SiteReasonCount } from '@efface/report';

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
