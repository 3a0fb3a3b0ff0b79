import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { type StructureDrift } from '@efface/radiomics';
import { describe, expect, it } from 'vitest';
import { type Outcome } from '../run/journal.ts';
import { casesTable, driftTables } from './comparison-tables.ts';

const features = (value: number): StructureDrift['original'] =>
  Object.fromEntries(Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES).map((key) => [key, value])) as unknown as StructureDrift['original']; // prettier-ignore

const drift = (structure: string, after: number): StructureDrift => ({ patient: 'p', structure, voxelCount: 10, changedVoxelCount: 5, maxChange: 1, original: features(4), defaced: features(after) }); // prettier-ignore

const outcome = (verdict: Outcome['verdict'], drifts: readonly StructureDrift[] = []): Outcome =>
  ({ verdict, failures: verdict === 'fail' ? [{ code: 'NIFTI_TRUNCATED', message: 'x' }] : [], groups: drifts.length === 0 ? [] : [{ name: 'g', output: 'o', record: { verdict, findings: [], images: [{ alteredBodyMl: 2 }], timingsMs: { total: 1000 } }, drift: { drifts, empty: [] } }] }) as unknown as Outcome; // prettier-ignore

describe('tables of a study', () => {
  it('count a structure once that a structure set and a segmentation draw, by its first drawing', () => {
    // 100·(4 − 3)/4 = 25 % of the first; the second would make it 12.5 %.
    const [study] = driftTables([
      { way: 'w', outcomes: [outcome('pass', [drift('Brainstem', 3), drift('Brainstem', 4)])] },
    ]);
    expect(study.rows.map(([name, n, first]) => [name, n, first])).toEqual([['Brainstem', '1', '25.00 %']]);
  });

  it('say how cases ended, with exact intervals and reasons', () => {
    const [row] = casesTable([
      { way: 'w', outcomes: [outcome('pass', [drift('Brainstem', 3)]), outcome('fail')] },
    ]).rows;
    // Clopper–Pearson of 1 of 2: low is 1 − √0.975, high √0.975.
    const low = (100 * (1 - Math.sqrt(0.975))).toFixed(1);
    const high = (100 * Math.sqrt(0.975)).toFixed(1);
    expect(row).toEqual(['w', '2', `1 of 2, 50.0 % [${low}, ${high}]`, '0 of 2, 0.0 % [0.0, 84.2]', `1 of 2, 50.0 % [${low}, ${high}]`, 'NIFTI_TRUNCATED: 1', '2.0 [2.0, 2.0]', '1.0 [1.0, 1.0]']); // prettier-ignore
  });
});
