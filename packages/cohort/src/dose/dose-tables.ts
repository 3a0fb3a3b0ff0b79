import { type GammaPassRate } from '@efface/radiomics';
import { type Cell, type Table } from '../tables.ts';
import { type DoseComparison, type StructureDoses } from './compare-doses.ts';

const text = (name: string) => ({ name, type: 'text' as const });
const number = (name: string) => ({ name, type: 'number' as const });

const MM3_PER_CC = 1000;

/** Share of what is judged that passes, %; undefined when nothing is judged. */
export function passPercent({ judged, passed }: GammaPassRate): number | undefined {
  return judged === 0 ? undefined : (100 * passed) / judged;
}

/** Share of a structure that the grid of dose A (0) or B (1) does not cover, %. */
export function uncoveredPercent({ volumeMm3, coveredMm3 }: StructureDoses, dose: 0 | 1): number | undefined {
  return volumeMm3 === 0 ? undefined : Math.max(0, 100 * (1 - coveredMm3[dose] / volumeMm3));
}

/** A line a structure: its volume, what the doses do not cover of it, and how much of it passes gamma. */
export function doseStructureTable({ structures, empty }: Pick<DoseComparison, 'structures' | 'empty'>): Table {
  return {
    columns: [
      text('Structure'), number('Volume_cc'), number('UncoveredA_percent'), number('UncoveredB_percent'),
      number('GammaJudged_cc'), number('GammaPassed_percent'),
    ],
    rows: [
      ...structures.map((own): Cell[] => [
        own.name, own.volumeMm3 / MM3_PER_CC, uncoveredPercent(own, 0), uncoveredPercent(own, 1),
        own.gamma.judged / MM3_PER_CC, passPercent(own.gamma),
      ]),
      ...empty.map(({ name }): Cell[] => [name, 0, undefined, undefined, undefined, undefined]),
    ],
  }; // prettier-ignore
}

/** A line a metric of a structure, in both doses; the difference is B − A. Empty where a dose has no such value. */
export function doseMetricTable(structures: readonly StructureDoses[]): Table {
  return {
    columns: [text('Structure'), text('Metric'), text('Unit'), number('A'), number('B'), number('Difference')],
    rows: structures.flatMap(({ name, metrics }) =>
      metrics.map(({ metric, a, b }): Cell[] => [name, metric.name, metric.unit, a, b, difference(a, b)]),
    ),
  };
}

/** A line a step of the cumulative curves of a structure. Empty where a dose does not cover the structure. */
export function doseCurveTable(structures: readonly StructureDoses[], binGy: number): Table {
  return {
    columns: [text('Structure'), number('Dose_Gy'), number('VolumeA_percent'), number('VolumeB_percent')],
    rows: structures.flatMap(({ name, curves: [a, b] }) =>
      Array.from({ length: Math.max(a.length, b.length) }, (_, n): Cell[] => [name, stepGy(n, binGy), a[n], b[n]]),
    ),
  };
}

/** n·binGy without the last bits that 0.1 makes. */
function stepGy(n: number, binGy: number): number {
  return Number((n * binGy).toFixed(9));
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : b - a;
}
