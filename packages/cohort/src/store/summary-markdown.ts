import { markdownTables, proportionText, type TextTable } from '@efface/report';
import { driftMarkdown, studyMarkdown } from '../radiomics/drift-tables.ts';
import { type ResultsSummary, type Spread, type WaySummary } from './summarise-results.ts';

/** `summary.md`: what came of a cohort, for people. */
export function summaryMarkdown(summary: ResultsSummary): string {
  const { inputs, ways } = summary;
  const head = `# Summary\n\n${inputs} inputs by ${ways.map(({ way }) => way).join(', ')}.\n\n`;
  const drift = ways.filter((way) => way.drift.length > 0).map(driftSection);
  return head + markdownTables(summaryTables(summary)) + drift.join('');
}

/** Verdicts, reasons, what was altered and recognised, and times: a row a way in each. */
export function summaryTables({ ways }: ResultsSummary): TextTable[] {
  return [
    {
      title: 'Verdicts',
      note: 'Of the inputs that have an outcome, with exact (Clopper–Pearson) 95 % intervals.',
      columns: ['way', 'inputs', 'no outcome', 'pass', 'review', 'fail', 'methods taken'],
      rows: ways.map(({ way, items, missing, pass, review, fail, methods }) => [
        way,
        String(items),
        String(missing),
        ...[pass, review, fail].map(proportionText),
        methods.map(({ method, cases }) => `${method} ${cases}`).join(', '),
      ]),
    },
    {
      title: 'Why cases failed',
      note: 'By the first reason code of each.',
      columns: ['way', 'code', 'inputs'],
      rows: ways.flatMap(({ way, failures }) => failures.map(({ code, items }) => [way, code, String(items)])),
    },
    {
      title: 'What was altered, and whether a face is seen',
      note:
        'Volume altered in the image that was planned on: median [quartiles] of the cases that did not fail. A face is seen in an image ' +
        'when half of its portraits show one.',
      columns: ['way', 'altered, ml', 'face seen before', 'face seen after'],
      rows: ways.map(({ way, alteredMl, facesSeenBefore, facesSeenAfter }) => [
        way,
        alteredMl === undefined ? '–' : spreadText(alteredMl),
        proportionText(facesSeenBefore),
        proportionText(facesSeenAfter),
      ]),
    },
    {
      title: 'Time',
      note: 'Seconds a stage: median [quartiles]. `item` is an input by a way with everything; `total` is the method with its checks and files. An input is read and looked at once for all ways.',
      columns: ['way', 'stage', 'n', 'seconds'],
      rows: ways.flatMap(({ way, seconds }) =>
        seconds.map((stage) => [way, stage.stage, String(stage.n), spreadText(stage)]),
      ),
    },
  ].filter(({ rows }) => rows.length > 0);
}

function driftSection({ way, drift }: WaySummary): string {
  const study = studyMarkdown(drift);
  return (
    `\n## Drift after ${way}\n\nMean of 100·(original − defaced)/original, structures and features of the 2023 study.\n\n${study}` +
    `\nDifferences, defaced − original: median [quartiles], largest.\n\n${driftMarkdown(drift)}`
  );
}

function spreadText({ median, quartile1, quartile3 }: Spread): string {
  return `${median.toFixed(2)} [${quartile1.toFixed(2)}, ${quartile3.toFixed(2)}]`;
}
