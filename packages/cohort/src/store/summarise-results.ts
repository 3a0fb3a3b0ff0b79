import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import {
  adjusted,
  byStudyOrder,
  type FeatureSummary,
  type StructureDrift,
  summariseStructure,
} from '@efface/radiomics';
import { type SiteWay } from '@efface/report';
import { type CohortPlan } from '../plan/cohort-plan.ts';
import { type TableDatabase } from '../table-database.ts';
import { type CountedRow, countWay } from '../way-counts.ts';

/** Median and quartiles, linear between order statistics. */
export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly quartile1: number;
  readonly quartile3: number;
}

/** What came of one way of a cohort. */
export interface WaySummary extends SiteWay {
  /** Reason codes of failed items, the most frequent first. */
  readonly failures: readonly { readonly code: string; readonly items: number }[];
  /** Methods that were taken. */
  readonly methods: readonly { readonly method: string; readonly cases: number }[];
  /** Seconds. */
  readonly stages: readonly (Spread & { readonly stage: string })[];
  /** Drift over the first drawing of every structure, as `efface drift` summarises it. */
  readonly drift: readonly FeatureSummary[];
  /** After less before; for gamma the share that passes, less 100 %. Over the first drawing of every structure. */
  readonly dose: readonly (Spread & { readonly structure: string; readonly metric: string; readonly unit: string })[];
}

/** What came of a cohort. */
export interface ResultsSummary {
  readonly inputs: number;
  readonly ways: readonly WaySummary[];
}

/**
 * Summarises merged tables. Holds the drift of one structure at a time, and nothing else that grows with the cohort.
 * @param counted a row an item, by way
 */
export async function summariseResults(
  database: TableDatabase,
  { inputs, config }: Pick<CohortPlan, 'inputs' | 'config'>,
  counted: ReadonlyMap<string, readonly CountedRow[]>,
): Promise<ResultsSummary> {
  const ways: WaySummary[] = [];
  for (const { name } of config.ways)
    ways.push({ ...countWay(name, counted.get(name) ?? []), ...(await summariseTables(database, name)) });
  return { inputs: inputs.length, ways };
}

async function summariseTables(database: TableDatabase, way: string): Promise<Omit<WaySummary, keyof SiteWay>> {
  const failures = await database.rows<{ code: string; n: bigint }>(
    `SELECT coalesce(failure_code, 'UNKNOWN') AS code, count(*) AS n FROM items WHERE way = $1 AND verdict = 'fail'
     GROUP BY code ORDER BY n DESC, code`,
    [way],
  );
  const methods = await database.rows<{ method: string; n: bigint }>(
    'SELECT method, count(*) AS n FROM cases WHERE way = $1 GROUP BY method ORDER BY n DESC, method',
    [way],
  );
  const stages = await database.rows<SpreadRow & { readonly stage: string }>(
    `SELECT stage, ${spreadOf('ms / 1000')} FROM timings JOIN items USING (item) WHERE way = $1 GROUP BY stage ORDER BY stage`,
    [way],
  );
  const dose = await database.rows<
    SpreadRow & { readonly structure: string; readonly metric: string; readonly unit: string }
  >(
    `SELECT structure, metric, unit, ${spreadOf('difference')} FROM dose JOIN items USING (item)
     WHERE way = $1 AND drawing = 0 AND difference IS NOT NULL GROUP BY structure, metric, unit ORDER BY structure, min(dose.rowid)`,
    [way],
  );
  return {
    failures: failures.map(({ code, n }) => ({ code, items: Number(n) })),
    methods: methods.map(({ method, n }) => ({ method, cases: Number(n) })),
    stages: stages.map(({ stage, ...row }) => ({ stage, ...spread(row) })),
    drift: await summariseDriftOf(database, way),
    dose: dose.map(({ structure, metric, unit, ...row }) => ({ structure, metric, unit, ...spread(row) })),
  };
}

interface SpreadRow {
  readonly n: bigint;
  readonly median: number;
  readonly quartile1: number;
  readonly quartile3: number;
}

const spread = ({ n, median, quartile1, quartile3 }: SpreadRow): Spread => ({ n: Number(n), median, quartile1, quartile3 }); // prettier-ignore

/** Columns of a `SpreadRow` of an expression. */
const spreadOf = (x: string): string =>
  `count(${x}) AS n, quantile_cont(${x}, 0.5) AS median, quantile_cont(${x}, 0.25) AS quartile1, quantile_cont(${x}, 0.75) AS quartile3`;

const FEATURES = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];

async function summariseDriftOf(database: TableDatabase, way: string): Promise<FeatureSummary[]> {
  const found = await database.rows<{ structure: string }>(
    'SELECT DISTINCT structure FROM drift JOIN items USING (item) WHERE way = $1 AND voxels > 0 AND drawing = 0',
    [way],
  );
  const summaries: FeatureSummary[] = [];
  for (const { structure } of found.toSorted((a, b) => byStudyOrder(a.structure, b.structure))) {
    const drifts = await driftsOf(database, way, structure);
    if (drifts.length > 0) summaries.push(...summariseStructure(structure, drifts));
  }
  return adjusted(summaries);
}

/**
 * The drift of a structure over all cases of a way, back from the tables: rows of both lie in the order of the plan. Where it was drawn
 * several times, the first counts: nobody counts twice.
 */
async function driftsOf(database: TableDatabase, way: string, structure: string): Promise<StructureDrift[]> {
  const rows = await database.rows<{ item: string; voxels: bigint; changed: bigint; max: number | null }>(
    `SELECT item, voxels, changed_voxels AS changed, max_change AS max FROM drift JOIN items USING (item)
     WHERE way = $1 AND structure = $2 AND voxels > 0 AND drawing = 0 ORDER BY drift.rowid`,
    [way, structure],
  );
  const values = await database.rows<{ original: number | null; defaced: number | null }>(
    `SELECT original, defaced FROM features JOIN items USING (item)
     WHERE way = $1 AND structure = $2 AND drawing = 0 ORDER BY features.rowid`,
    [way, structure],
  );
  const featuresAt = (n: number, when: 'original' | 'defaced'): FirstOrderFeatures => {
    const own = FEATURES.map((key, f) => [key, values[n * FEATURES.length + f][when] ?? NaN] as const);
    return Object.fromEntries(own) as Record<keyof FirstOrderFeatures, number>;
  };
  const drifts = rows.map(({ item, voxels, changed, max }, n) => ({
    patient: item,
    structure,
    voxelCount: Number(voxels),
    changedVoxelCount: Number(changed),
    maxChange: max ?? NaN,
    original: featuresAt(n, 'original'),
    defaced: featuresAt(n, 'defaced'),
  }));
  // One of which a value is not known stays in the tables; pairs are of what is known on both sides.
  return drifts.filter(({ original, defaced }) => [original, defaced].every((own) => Object.values(own).every(Number.isFinite))); // prettier-ignore
}
