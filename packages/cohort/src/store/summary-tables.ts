import { markdownTables, proportionText, quartileText, type TextTable } from '@efface/report';
import { ownDriftRows, studyDriftRows } from '../radiomics/drift-tables.ts';
import { type ResultsSummary, type Spread } from './summarise-results.ts';

const NOTHING = '–';

/** `summary.md`: what came of a cohort, for people. */
export function summaryMarkdown(summary: ResultsSummary): string {
  const { inputs, ways } = summary;
  const head = `# Summary\n\n${inputs} inputs by ${ways.map(({ name }) => name).join(', ')}.\n\n`;
  return head + markdownTables([...summaryTables(summary), ...driftTables(summary), ...doseTable(summary)]);
}

/** Verdicts, reasons, what was altered and recognised, and times: a row a way in each. */
export function summaryTables({ ways }: ResultsSummary): TextTable[] {
  return [
    {
      title: 'Verdicts',
      note: 'Of the cases that are done, with exact (Clopper–Pearson) 95 % intervals.',
      columns: ['way', 'cases', 'no outcome', 'pass', 'review', 'fail', 'methods taken'],
      rows: ways.map(({ name, counts, pass, review, fail, methods }) => [
        name,
        String(pass.of + counts.open),
        String(counts.open),
        ...[pass, review, fail].map(proportionText),
        methods.map(({ method, cases }) => `${method} ${cases}`).join(', '),
      ]),
    },
    {
      title: 'Why cases failed',
      note: 'By the first reason code of each.',
      columns: ['way', 'code', 'cases'],
      rows: ways.flatMap(({ name, failures }) => failures.map(({ code, items }) => [name, code, String(items)])),
    },
    {
      title: 'What was altered, and who is seen',
      note:
        'Of the cases that left an image. Volume altered: median [quartiles], of several images the largest. A face is seen when one is ' +
        'in at least half of the portraits of an image; recognised: the descriptors before and after are one person’s by the frozen ' +
        'threshold, whether a face is seen or not.',
      columns: ['way', 'altered, ml', 'of the body, ml', 'face seen before', 'face seen after', 'recognised after'],
      rows: ways.map(({ name, alteredMl, alteredBodyMl, faceSeenBefore, faceSeenAfter, recognised }) => [
        name,
        quartileText(alteredMl),
        quartileText(alteredBodyMl),
        ...[faceSeenBefore, faceSeenAfter, recognised].map(proportionText),
      ]),
    },
    {
      title: 'Time',
      note: 'Seconds a stage: median [quartiles]. `item` is an input by a way with everything; `total` is the method with its checks and files. An input is read and looked at once for all ways.',
      columns: ['way', 'stage', 'n', 'seconds'],
      rows: ways.flatMap(({ name, stages }) =>
        stages.map((stage) => [name, stage.stage, String(stage.n), spreadText(stage)]),
      ),
    },
  ].filter(({ rows }) => rows.length > 0);
}

/** First-order drift of structures by each way: the form of the 2023 study, then ours. None of a way that has none. */
export function driftTables({ ways }: ResultsSummary): TextTable[] {
  return ways.flatMap(({ name, drift }) =>
    drift.length === 0
      ? []
      : [
          {
            title: `Drift by ${name}, in the form of the 2023 study`,
            note: 'Mean of 100·(original − defaced)/original over the patients.',
            ...studyDriftRows(drift),
          },
          {
            title: `Drift by ${name}`,
            note: 'Median [quartiles], largest difference, defaced less original, in the unit of the image (entropy: bit).',
            ...ownDriftRows(drift),
          },
        ],
  );
}

/** Dose in structures before and after, a row a way and structure; none where there is no dose. */
export function doseTable({ ways }: ResultsSummary): TextTable[] {
  const all = ways.flatMap(({ dose }) => dose);
  const metrics = [...new Map(all.map(({ metric, unit }) => [metric, unit]))];
  if (metrics.length === 0) return [];
  const rows = ways.flatMap(({ name, dose }) =>
    [...new Set(dose.map(({ structure }) => structure))].sort().map((structure) => {
      const own = metrics.map(([metric]) => dose.find((found) => found.structure === structure && found.metric === metric)); // prettier-ignore
      const most = Math.max(...own.map((found) => found?.n ?? 0));
      return [name, structure, String(most), ...own.map((found) => (found ? spreadText(found) : NOTHING))];
    }),
  );
  return [
    {
      title: 'Dose in structures',
      note: 'After less before, median [quartiles]; for gamma the share that passes, less 100 %.',
      columns: ['way', 'structure', 'n', ...metrics.map(([metric, unit]) => `${metric}, ${unit}`)],
      rows,
    },
  ];
}

function spreadText({ median, quartile1, quartile3 }: Spread): string {
  return `${median.toFixed(2)} [${quartile1.toFixed(2)}, ${quartile3.toFixed(2)}]`;
}
