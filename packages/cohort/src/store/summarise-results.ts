import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import {
  adjusted,
  byStudyOrder,
  type FeatureSummary,
  type StructureDrift,
  summariseStructure,
} from '@efface/radiomics';
import { proportion, type Proportion } from '@efface/reidentify';
import { FACE_SHARE } from '../audit/calibration.ts';
import { type CohortPlan } from '../plan/cohort-plan.ts';
import { type TableDatabase } from '../table-database.ts';

/** Median and quartiles, linear between order statistics. */
export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly quartile1: number;
  readonly quartile3: number;
}

/** What came of one way of a cohort. Intervals are exact (Clopper–Pearson), 95 %. */
export interface WaySummary {
  readonly way: string;
  /** Asked for. */
  readonly items: number;
  /** Of these, without an outcome; the rates are of the others. */
  readonly missing: number;
  readonly pass: Proportion;
  readonly review: Proportion;
  readonly fail: Proportion;
  /** Reason codes of failed items, the most frequent first. */
  readonly failures: readonly { readonly code: string; readonly items: number }[];
  /** Methods that were taken. */
  readonly methods: readonly { readonly method: string; readonly cases: number }[];
  /** Of the image that the plan was made on, of cases that did not fail, ml. */
  readonly alteredMl: Spread | undefined;
  /** Images in whose portraits a face is seen, of those that were looked at; a face is seen when half of the portraits show one. */
  readonly facesSeenBefore: Proportion;
  readonly facesSeenAfter: Proportion;
  readonly seconds: readonly (Spread & { readonly stage: string })[];
  /** Drift over the first drawing of every structure, as `efface drift` summarises it. */
  readonly drift: readonly FeatureSummary[];
}

/** What came of a cohort. */
export interface ResultsSummary {
  readonly inputs: number;
  readonly ways: readonly WaySummary[];
}

/** Summarises merged tables. Holds the drift of one structure at a time, and nothing else that grows with the cohort. */
export async function summariseResults(
  database: TableDatabase,
  { inputs, config }: Pick<CohortPlan, 'inputs' | 'config'>,
): Promise<ResultsSummary> {
  const ways: WaySummary[] = [];
  for (const { name } of config.ways) ways.push(await summariseWay(database, name));
  return { inputs: inputs.length, ways };
}

async function summariseWay(database: TableDatabase, way: string): Promise<WaySummary> {
  const verdicts = await database.rows<{ verdict: string | null; n: bigint }>(
    'SELECT verdict, count(*) AS n FROM items WHERE way = $1 GROUP BY verdict',
    [way],
  );
  const count = (wanted: string | null): number => Number(verdicts.find(({ verdict }) => verdict === wanted)?.n ?? 0);
  const [pass, review, fail, missing] = ['pass', 'review', 'fail', null].map(count);
  const done = pass + review + fail;
  const failures = await database.rows<{ code: string; n: bigint }>(
    `SELECT coalesce(failure_code, 'UNKNOWN') AS code, count(*) AS n FROM items WHERE way = $1 AND verdict = 'fail'
     GROUP BY code ORDER BY n DESC, code`,
    [way],
  );
  const methods = await database.rows<{ method: string; n: bigint }>(
    'SELECT method, count(*) AS n FROM cases WHERE way = $1 GROUP BY method ORDER BY n DESC, method',
    [way],
  );
  const [altered] = await spreads(database, `SELECT '' AS what, altered_ml AS x FROM cases WHERE way = $1 AND verdict <> 'fail'`, way); // prettier-ignore
  const [faces] = await database.rows<{ n: bigint; before: bigint; after: bigint }>(
    `SELECT count(*) AS n, count_if(face_seen_share_before >= $2) AS before, count_if(face_seen_share_after >= $2) AS after
     FROM detections JOIN items USING (item) WHERE way = $1`,
    [way, FACE_SHARE],
  );
  const seconds = await spreads(
    database,
    'SELECT stage AS what, ms / 1000 AS x, timings.rowid AS at FROM timings JOIN items USING (item) WHERE way = $1',
    way,
  );
  return {
    way,
    items: done + missing,
    missing,
    pass: proportion(pass, done),
    review: proportion(review, done),
    fail: proportion(fail, done),
    failures: failures.map(({ code, n }) => ({ code, items: Number(n) })),
    methods: methods.map(({ method, n }) => ({ method, cases: Number(n) })),
    alteredMl: altered && spreadOf(altered),
    facesSeenBefore: proportion(Number(faces.before), Number(faces.n)),
    facesSeenAfter: proportion(Number(faces.after), Number(faces.n)),
    seconds: seconds.map((row) => ({ stage: row.what, ...spreadOf(row) })),
    drift: await summariseDriftOf(database, way),
  };
}

interface SpreadRow {
  readonly what: string;
  readonly n: bigint;
  readonly median: number;
  readonly quartile1: number;
  readonly quartile3: number;
}

const spreadOf = ({ n, median, quartile1, quartile3 }: SpreadRow): Spread => ({ n: Number(n), median, quartile1, quartile3 }); // prettier-ignore

/** Spread of `x` for every `what` of a query, by name; none where there is no value. */
function spreads(database: TableDatabase, query: string, way: string): Promise<SpreadRow[]> {
  return database.rows<SpreadRow>(
    `SELECT what, count(x) AS n, quantile_cont(x, 0.5) AS median, quantile_cont(x, 0.25) AS quartile1,
       quantile_cont(x, 0.75) AS quartile3 FROM (${query}) WHERE x IS NOT NULL GROUP BY what ORDER BY what`,
    [way],
  );
}

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
