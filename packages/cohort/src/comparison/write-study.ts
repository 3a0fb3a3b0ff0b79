import { inputErrorFrom, OutputFolder, systemErrorCode, writeOutput } from '@efface/io';
import { auditTables, markdownTables, studyTable, tablesPage, type TextTable } from '@efface/report';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { COHORT_FILES, type CohortPlan } from '../plan/cohort-plan.ts';
import { csvLines } from '../tables.ts';
import { doseTable, driftTables, summaryTables } from '../store/summary-tables.ts';
import { type ResultsSummary } from '../store/summarise-results.ts';
import { type CohortAudit } from './audit-cohort.ts';

/** What lies in the folder of a study, beside `tables/*.csv`. */
const FILES = { tables: 'study.json', text: 'study.md', page: 'index.html' } as const;
const SCHEMA = 'efface-study/1';

const words = z.array(z.string());
const written = z.object({
  schema: z.literal(SCHEMA),
  /** Fingerprint of the plan. */
  plan: z.string(),
  tables: z.array(z.object({ title: z.string(), note: z.string(), columns: words, rows: z.array(words) })),
});

/**
 * The study of a cohort: how the cases of every way ended, whether the patient is recognised after, what happened to structures and
 * dose; in the form of the 2023 study and in ours. @param recogniser name of the network whose mean descriptors that study's table takes
 */
export function studyTables(summary: ResultsSummary, audits: readonly CohortAudit[], recogniser: string): TextTable[] {
  const audited = audits.flatMap(({ modality, record }) =>
    [studyTable(record, `${recogniser}, mean`), ...auditTables(record)].map((table) => ({ ...table, title: `${modality}: ${table.title}` })),
  ); // prettier-ignore
  return [...summaryTables(summary), ...audited, ...driftTables(summary), ...doseTable(summary)];
}

/**
 * Writes `study/`: `study.md`, `index.html`, `study.json` and a CSV a table, without a face. An older one is replaced.
 * @throws OutputError
 */
export async function writeStudy(
  folder: string,
  { fingerprint, inputs, config: { ways } }: CohortPlan,
  tables: readonly TextTable[],
): Promise<void> {
  const title = `${inputs.length} inputs by ${ways.length} ${ways.length === 1 ? 'method' : 'methods'}`;
  await using output = await OutputFolder.create(join(folder, COHORT_FILES.study), { overwrite: true, marker: FILES.tables }); // prettier-ignore
  const json = { schema: SCHEMA, plan: fingerprint, tables };
  await writeOutput(await output.path(FILES.tables), `${JSON.stringify(json, null, 2)}\n`);
  await writeOutput(await output.path(FILES.text), `# ${title}\n\n${markdownTables(tables)}`);
  await writeOutput(await output.path(FILES.page), tablesPage(title, tables));
  for (const { title: name, columns, rows } of tables)
    await writeOutput(await output.path(`tables/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.csv`), csvLines([columns, ...rows])); // prettier-ignore
  await output.commit();
}

/** Tables of the study that lies in a cohort's folder; none when there is none, or it is of another plan. @throws InputNotFoundError */
export async function readStudy(folder: string, plan: Pick<CohortPlan, 'fingerprint'>): Promise<readonly TextTable[]> {
  const path = join(folder, COHORT_FILES.study, FILES.tables);
  let found: unknown;
  try {
    found = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // What is no JSON is no study that was written whole.
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return [];
    throw inputErrorFrom(error, path);
  }
  const parsed = written.safeParse(found);
  return parsed.success && parsed.data.plan === plan.fingerprint ? parsed.data.tables : [];
}
