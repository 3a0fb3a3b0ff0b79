import { temporaryFolder } from '@efface/io/testing';
import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { type StructureDrift } from '@efface/radiomics';
import { parse } from 'csv-parse/sync';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { workItems } from '../plan/cohort-plan.ts';
import { mergeResults } from '../store/merge-results.ts';
import { AUDIT } from '../testing/made-audit.ts';
import { recordOf, settle, writeJournal, writePlanOf } from '../testing/planned-cohort.ts';
import { readStudy, studyTables, writeStudy } from './write-study.ts';

const { path: folder, remove } = temporaryFolder();
afterAll(remove);

function features(value: number): FirstOrderFeatures {
  const keys = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];
  return Object.fromEntries(keys.map((key) => [key, value])) as Record<keyof FirstOrderFeatures, number>;
}

function drift(patient: string, after: number): StructureDrift {
  return { patient, structure: 'Brainstem', voxelCount: 10, changedVoxelCount: 5, maxChange: 1, original: features(4), defaced: features(after) }; // prettier-ignore
}

const dose = (before: number, after: number): { structure: string; metric: string; unit: string; before: number; after: number }[] =>
  [{ structure: 'Brainstem', metric: 'Dmean', unit: 'Gy', before, after }]; // prettier-ignore

it('puts verdicts, audits, drift and dose side by side, and reads them back', async () => {
  const plan = writePlanOf(folder, ['a', 'b']);
  const [a, , b] = workItems(plan);
  writeJournal(folder, 'one', [
    settle(folder, a, recordOf('pass', 10), { drift: { drifts: [drift(a.id, 3)], empty: [] }, dose: dose(2, 3) }),
    settle(folder, b, recordOf('fail', 10), { drift: { drifts: [drift(b.id, 5)], empty: [] }, dose: dose(2, 5) }),
  ]);
  const { summary } = await mergeResults(folder);
  const tables = studyTables(summary, [{ modality: 'CT', record: AUDIT }], 'net');
  const rowsOf = (title: string): readonly (readonly string[])[] | undefined =>
    tables.find((table) => table.title === title)?.rows;
  // Clopper–Pearson of 1 of 2: low is 1 − √0.975, high √0.975.
  const half = `1 of 2, 50.0 % [${(100 * (1 - Math.sqrt(0.975))).toFixed(1)}, ${(100 * Math.sqrt(0.975)).toFixed(1)}]`;
  expect(rowsOf('Verdicts')?.[0]).toEqual(['quickshear', '2', '0', half, '0 of 2, 0.0 % [0.0, 84.2]', half, 'quickshear 2']); // prettier-ignore
  expect(rowsOf('Why cases failed')).toEqual([['quickshear', 'FACE_NOT_REMOVED', '1']]);
  // Of two: 100·(4 − 3)/4 = 25 % and 100·(4 − 5)/4 = −25 %.
  expect(rowsOf('Drift by quickshear, in the form of the 2023 study')?.[0].slice(0, 3)).toEqual(['Brainstem', '2', '0.00 %']); // prettier-ignore
  expect(rowsOf('Dose in structures')).toEqual([['quickshear', 'Brainstem', '2', '2.00 [1.50, 2.50]']]);
  expect(rowsOf('CT: Identification')?.[0].slice(0, 4)).toEqual(['quickshear', 'net, mean', '2', '0 of 1, 0.0 % [0.0, 97.5]']); // prettier-ignore
  expect(rowsOf('CT: Faces detected and matched')?.[0].slice(0, 4)).toEqual(['quickshear', 'CT', '1', '0']);

  await writeStudy(folder, plan, tables);
  expect(readdirSync(join(folder, 'study')).sort()).toEqual(['index.html', 'study.json', 'study.md', 'tables']);
  expect(readdirSync(join(folder, 'study/tables'))).toHaveLength(tables.length);
  const cells = parse(readFileSync(join(folder, 'study/tables/dose-in-structures.csv')), {}) as unknown;
  expect(cells).toEqual([['way', 'structure', 'n', 'Dmean, Gy'], ['quickshear', 'Brainstem', '2', '2.00 [1.50, 2.50]']]); // prettier-ignore
  expect(await readStudy(folder, plan)).toEqual(tables);
  expect(await readStudy(folder, { fingerprint: 'of another plan' })).toEqual([]);
  await writeStudy(folder, plan, tables.slice(1));
  expect(await readStudy(folder, plan)).toEqual(tables.slice(1));
  writeFileSync(join(folder, 'study/study.json'), '{"torn');
  expect(await readStudy(folder, plan)).toEqual([]);
});
