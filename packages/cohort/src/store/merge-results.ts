import { OutputFolder, writeOutput } from '@efface/io';
import { rowOf, type SiteRow } from '@efface/report';
import { EffaceError } from '@efface/volume';
import { join } from 'node:path';
import { auditedModalities, readAudit } from '../comparison/audit-cohort.ts';
import { COHORT_FILES, type CohortPlan, readPlan, type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { failureReasonOf, itemKey, JournalReader, type Outcome, standingOf, type TornLine } from '../run/journal.ts';
import { settledOutcomes } from '../run/run-shards.ts';
import { TableDatabase } from '../table-database.ts';
import { type Cell } from '../tables.ts';
import { columnsOf, RESULT_TABLE_NAMES, RESULT_TABLES, RESULTS_SCHEMA, resultsSchema, type RowSink } from './results-schema.ts'; // prettier-ignore
import { rowsOfAudit } from './rows-of-audit.ts';
import { rowsOfItem } from './rows-of-item.ts';
import { type ResultsSummary, summariseResults } from './summarise-results.ts';
import { summaryMarkdown } from './summary-tables.ts';

/** What lies in the folder of merged results, beside `<table>.parquet` and `<table>.csv`. */
export const RESULTS_FILES = {
  database: 'results.duckdb',
  /** Marks the folder as a merge's, which the next merge may replace. */
  schema: 'schema.json',
  summary: 'summary.json',
  page: 'summary.md',
} as const;

/** There are no results, or what is there are none. */
export class ResultsError extends EffaceError {
  constructor(code: 'RESULTS_NOT_THERE' | 'RESULTS_INVALID', message: string) {
    super(code, code === 'RESULTS_NOT_THERE' ? 'inputNotFound' : 'inputCorrupt', message);
  }
}

/** What a merge came to. */
export interface Merged {
  readonly folder: string;
  readonly summary: ResultsSummary;
  /** Items that failed, and why. */
  readonly failed: readonly { readonly item: string; readonly code: string; readonly message: string }[];
  /** Items without an outcome. */
  readonly missing: readonly string[];
  /** Lines of the journals that do not count, last ones without an end among them. */
  readonly torn: readonly TornLine[];
}

/**
 * Makes the tables of a cohort from its plan and journals, and from the audits of a study of this plan: `results/` with a DuckDB file, every table as Parquet and CSV, their schema
 * and a summary. The folder appears whole and replaces that of an older merge. The order of rows is that of the plan, so that the same
 * journals give the same files. Records are read one at a time.
 * @throws PlanError, InputNotFoundError, OutputError
 */
export async function mergeResults(cohort: string): Promise<Merged> {
  const plan = await readPlan(cohort);
  const reader = new JournalReader(cohort);
  const standing = standingOf(await reader.refreshHeads());
  const settled = await settledOutcomes(cohort, workItems(plan), standing);
  await using output = await OutputFolder.create(join(cohort, COHORT_FILES.results), { overwrite: true, marker: RESULTS_FILES.schema }); // prettier-ignore
  const failed: Merged['failed'][number][] = [];
  const missing: string[] = [];
  const counted = new Map(plan.config.ways.map(({ name }) => [name, [] as SiteRow[]]));
  const summary = await writeTables(output, plan, counted, async (add) => {
    for (const item of workItems(plan)) {
      const place = settled.get(item.id)?.place;
      const outcome = place && (await reader.outcomeAt(place));
      const name = itemKey({ item: item.id, key: item.key });
      rowsOfItem(item, { outcome, crashes: standing.crashes.get(name) ?? 0, review: standing.reviews.get(name) }, add);
      counted.get(item.way.name)?.push(rowOfOutcome(item, outcome));
      if (!outcome) missing.push(item.id);
      else if (outcome.verdict === 'fail') {
        const { code = 'UNKNOWN', message = 'no reason is known' } = failureReasonOf(outcome) ?? {};
        failed.push({ item: item.id, code, message });
      }
    }
    for (const modality of await auditedModalities(cohort, plan))
      rowsOfAudit(modality, await readAudit(cohort, modality), add);
  });
  const files: Readonly<Record<string, string>> = {
    [RESULTS_FILES.schema]: json({ ...resultsSchema(), plan: plan.fingerprint, software: plan.software }),
    [RESULTS_FILES.summary]: json({ schema: RESULTS_SCHEMA, ...summary }),
    [RESULTS_FILES.page]: summaryMarkdown(summary),
  };
  for (const [name, text] of Object.entries(files)) await writeOutput(await output.path(name), text);
  await output.commit();
  return { folder: output.destination, summary, failed, missing, torn: [...reader.torn, ...reader.unended] };
}

/** Writes the database and its exports; `fill` adds the rows. */
async function writeTables(
  output: OutputFolder,
  plan: CohortPlan,
  counted: ReadonlyMap<string, readonly SiteRow[]>,
  fill: (add: RowSink) => Promise<void>,
): Promise<ResultsSummary> {
  using database = await TableDatabase.create(await output.path(RESULTS_FILES.database));
  const columns = new Map<string, readonly string[]>();
  for (const table of RESULT_TABLE_NAMES) {
    await database.add(table, columnsOf(table), RESULT_TABLES[table].meaning);
    columns.set(table, columnsOf(table).map(({ name }) => name)); // prettier-ignore
  }
  await fill((table, row) => {
    const cells: Readonly<Record<string, Cell>> = row;
    database.append(table, (columns.get(table) ?? []).map((name) => cells[name])); // prettier-ignore
  });
  database.finish();
  for (const table of RESULT_TABLE_NAMES)
    for (const format of ['parquet', 'csv'] as const)
      await database.export(table, await output.path(`${table}.${format}`), format);
  return await summariseResults(database, plan, counted);
}

/** What of an outcome counts in rates. */
function rowOfOutcome({ id, input, way }: WorkItem, outcome: Outcome | undefined): SiteRow {
  const groups = (outcome?.groups ?? []).map(({ record, drift }) => ({ record, drift: drift?.drifts ?? [] }));
  return rowOf({ id, input: input.id, way: way.name, verdict: outcome?.verdict ?? 'open', groups, failures: outcome?.failures ?? [], durationMs: outcome?.durationMs, review: undefined }); // prettier-ignore
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
