import { type Backend } from '@efface/compute';
import { OutputFolder } from '@efface/io';
import { type FaceModel, type FaceNetworks, fastGrid, HELD_OUT_GRID, type InferenceProvider, STANDARD_GRID } from '@efface/reidentify'; // prettier-ignore
import { auditTables, markdownTables, studyTable, tablesPage, type TextTable } from '@efface/report';
import { stringify } from 'csv-stringify/sync';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditRequest } from '../audit/audit.ts';
import { type PortraitCount, type Thresholds } from '../audit/calibration.ts';
import { writeAudit } from '../audit/write-audit.ts';
import { readPlan, workItems } from '../plan/cohort-plan.ts';
import { JournalReader, standingOf } from '../run/journal.ts';
import { settledOutcomes } from '../run/run-shards.ts';
import { cohortHeads } from './cohort-heads.ts';
import { casesTable, doseTable, driftTables, type WayOutcomes } from './comparison-tables.ts';

/** Where the study of a cohort lies in its folder, and what marks it. */
const STUDY_FOLDER = 'study';
const STUDY_MARKER = 'study.md';

/** How methods are compared. */
export interface CompareOptions {
  readonly thresholds: Thresholds;
  readonly portraits: PortraitCount;
  readonly attackers: AuditRequest['attackers'];
  readonly models: readonly FaceModel[];
  readonly provider: InferenceProvider;
  readonly softwareVersion: string;
  readonly onPerson?: (set: string, done: number, total: number) => void;
}

/**
 * The study of a cohort that was run: how every method's cases ended, an audit of every modality with two heads or more, and what
 * happened to structures and dose. Writes `study/`: `study.md`, a CSV a table, `index.html`, and `audit-<modality>/`, whose pages
 * show original faces. An older one is replaced.
 * @returns its tables
 */
export async function compareMethods(
  backend: Backend,
  networks: FaceNetworks,
  folder: string,
  options: CompareOptions,
): Promise<readonly TextTable[]> {
  const plan = await readPlan(folder);
  const outcomes = await settledOutcomes(
    folder,
    workItems(plan),
    standingOf(await new JournalReader(folder).refresh()),
  );
  const ways = plan.config.ways.map(({ name }): WayOutcomes => ({
    way: name,
    outcomes: plan.inputs.flatMap(({ id }) => outcomes.get(`${id}/${name}`) ?? []),
  }));
  await using output = await OutputFolder.create(join(folder, STUDY_FOLDER), { overwrite: true, marker: STUDY_MARKER });
  const audits: TextTable[] = [];
  for (const { modality, known, unknown } of await cohortHeads(folder, plan, outcomes)) {
    if (known.length < 2 || unknown.length === 0) continue;
    const record = await writeAudit(
      backend,
      networks,
      await output.path(`audit-${modality}`),
      {
        known,
        unknown,
        thresholds: options.thresholds,
        open: plan.config.open as NonNullable<AuditRequest['open']>,
        ...(options.attackers ? { attackers: options.attackers } : {}),
        ...(options.portraits === '9' ? { grids: { known: fastGrid(STANDARD_GRID), unknown: fastGrid(HELD_OUT_GRID) } } : {}), // prettier-ignore
        onPerson: ({ set }, done, total) => options.onPerson?.(`${modality}: ${set}`, done, total),
      },
      { ...options, overwrite: false },
    );
    const own = [studyTable(record, `${networks.recogniser.name}, mean`), ...auditTables(record)];
    audits.push(...own.map((table) => ({ ...table, title: `${modality}: ${table.title}` })));
  }
  const dose = doseTable(ways);
  const tables = [casesTable(ways), ...audits, ...driftTables(ways), ...(dose ? [dose] : [])];
  await writeFile(await output.path(STUDY_MARKER), `# ${titleOf(plan.inputs.length, ways.length)}\n\n${markdownTables(tables)}`); // prettier-ignore
  await writeFile(await output.path('index.html'), tablesPage(titleOf(plan.inputs.length, ways.length), tables));
  for (const { title, columns, rows } of tables) {
    const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    await writeFile(await output.path(`tables/${name}.csv`), stringify([columns, ...rows]));
  }
  await output.commit();
  return tables;
}

function titleOf(nInputs: number, nWays: number): string {
  return `${nInputs} inputs by ${nWays} ${nWays === 1 ? 'method' : 'methods'}`;
}
