import { type StructureDrift, summariseDrift } from '@efface/radiomics';
import { proportion } from '@efface/reidentify';
import { proportionText, type TextTable } from '@efface/report';
import { ownDriftRows, studyDriftRows } from '../radiomics/drift-tables.ts';
import { fiveNumbers } from '../report/summarise.ts';
import { type Outcome } from '../run/journal.ts';

/** What one way came to, item by item. */
export interface WayOutcomes {
  readonly way: string;
  readonly outcomes: readonly Outcome[];
}

const NOTHING = '–';

function quartileText(values: readonly number[], digits: number): string {
  const found = fiveNumbers(values);
  if (!found) return NOTHING;
  const [, first, median, third] = found.map((value) => value.toFixed(digits));
  return `${median} [${first}, ${third}]`;
}

/** How the cases ended, what was altered, and the time. */
export function casesTable(ways: readonly WayOutcomes[]): TextTable {
  const rows = ways.map(({ way, outcomes }) => {
    const share = (verdict: Outcome['verdict']): string => proportionText(proportion(outcomes.filter((own) => own.verdict === verdict).length, outcomes.length)); // prettier-ignore
    const records = outcomes.flatMap(({ groups }) => groups.map(({ record }) => record)).filter(({ verdict }) => verdict !== 'fail'); // prettier-ignore
    const reasons = outcomes.flatMap(({ verdict, failures, groups }) =>
      verdict === 'fail' ? [...failures.map(({ code }) => code), ...groups.flatMap(({ record }) => record.findings.filter(({ severity }) => severity === 'fail').map(({ code }) => code))] : [],
    ); // prettier-ignore
    return [
      way,
      String(outcomes.length),
      share('pass'),
      share('review'),
      share('fail'),
      countsText(reasons),
      quartileText(records.map(({ images }) => images[0].alteredBodyMl), 1),
      quartileText(records.map(({ timingsMs }) => timingsMs['total'] / 1000), 1),
    ]; // prettier-ignore
  });
  return {
    title: 'Cases',
    note: 'Shares with exact 95 % intervals. Of the written ones: tissue altered in the image that is planned on, and the time of a case, median [quartiles].',
    columns: ['method', 'cases', 'pass', 'for review', 'failed', 'why', 'of the body, ml', 'seconds'],
    rows,
  };
}

/** `CODE: 3, OTHER: 1`, the most frequent first. */
function countsText(codes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([code, n]) => `${code}: ${n}`).join(', ') || NOTHING;
}

/** First-order drift of structures by each way: the form of the 2023 study, then ours. Empty where nothing was measured. */
export function driftTables(ways: readonly WayOutcomes[]): TextTable[] {
  return ways.flatMap(({ way, outcomes }) => {
    const drifts = outcomes.flatMap(({ groups }) => groups.flatMap(({ drift }) => firstDrawings(drift?.drifts ?? [])));
    if (drifts.length === 0) return [];
    const summaries = summariseDrift(drifts);
    return [
      {
        title: `Drift by ${way}, in the form of the 2023 study`,
        note: 'Mean of 100·(original − defaced)/original over the patients.',
        ...studyDriftRows(summaries),
      },
      {
        title: `Drift by ${way}`,
        note: 'Median [quartiles], largest difference, defaced less original, in the unit of the image (entropy: bit).',
        ...ownDriftRows(summaries),
      },
    ];
  });
}

/** Of a structure that was drawn several times, by a structure set and a segmentation say, the first: nobody counts twice. */
function firstDrawings(drifts: readonly StructureDrift[]): StructureDrift[] {
  return [...new Map(drifts.toReversed().map((drift) => [drift.structure, drift])).values()].toReversed();
}

/** Dose in structures before and after. Undefined where there was none. */
export function doseTable(ways: readonly WayOutcomes[]): TextTable | undefined {
  const rows = ways.flatMap(({ way, outcomes }) => {
    const all = outcomes.flatMap(({ groups }) => groups.flatMap(({ dose = [] }) => dose));
    const metrics = [...new Set(all.map(({ metric }) => metric))];
    return [...new Set(all.map(({ structure }) => structure))].sort().map((structure) => [
      way,
      structure,
      String(all.filter((own) => own.structure === structure && own.metric === metrics[0]).length),
      ...metrics.map((metric) => {
        const own = all.filter((drift) => drift.structure === structure && drift.metric === metric);
        return quartileText(own.flatMap(({ before, after }) => (before === null || after === null ? [] : [after - before])), 2);
      }),
    ]); // prettier-ignore
  });
  if (rows.length === 0) return undefined;
  const first = ways.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ groups }) => groups.flatMap(({ dose = [] }) => dose)),
  );
  const heads = [...new Map(first.map(({ metric, unit }) => [metric, `${metric}, ${unit}`])).values()];
  return {
    title: 'Dose in structures',
    note: 'After less before, median [quartiles]; for gamma the share that passes, less 100 %.',
    columns: ['method', 'structure', 'n', ...heads],
    rows,
  };
}
