import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import {
  featureDrifts, type FeatureSummary, overwrittenOf, type StructureDrift, STUDY_FEATURES, STUDY_STRUCTURES,
} from '@efface/radiomics'; // prettier-ignore
import { type TextTable } from '@efface/report';
import { type Cell, type Table } from '../tables.ts';

type TextRows = Pick<TextTable, 'columns' | 'rows'>;

const text = (name: string) => ({ name, type: 'text' as const });
const integer = (name: string) => ({ name, type: 'integer' as const });
const number = (name: string) => ({ name, type: 'number' as const });

/** Every feature of every structure of every patient, a line each. */
export function driftTable(drifts: readonly StructureDrift[]): Table {
  return {
    columns: [
      text('Patient'), text('Structure'), text('Feature'), number('Original'), number('Defaced'), number('Difference'),
      number('StudyPercent'), number('LogRatio'), integer('Voxels'), integer('ChangedVoxels'), number('ChangedShare'),
      number('MaxChange'), text('Overwritten'),
    ],
    rows: drifts.flatMap((drift): Cell[][] =>
      featureDrifts(drift).map(({ key, original, defaced, difference, studyPercent, logRatio }) => [
        drift.patient, drift.structure, PYRADIOMICS_FIRST_ORDER_NAMES[key], original, defaced, difference, studyPercent,
        logRatio, drift.voxelCount, drift.changedVoxelCount, drift.changedVoxelCount / drift.voxelCount, drift.maxChange,
        overwrittenOf(drift),
      ]),
    ),
  }; // prettier-ignore
}

/** Every feature of every structure over all patients. */
export function summaryTable(summaries: readonly FeatureSummary[]): Table {
  return {
    columns: [
      text('Structure'), text('Feature'), integer('Patients'), integer('Untouched'), integer('Partly'), integer('Fully'),
      number('MedianDifference'), number('Quartile1'), number('Quartile3'), number('LargestDifference'), number('Bias'),
      number('LimitLow'), number('LimitHigh'), number('MedianLogRatio'), number('StudyPercent'), number('CCC'),
      number('ICC_A1'), number('WilcoxonP'), number('HolmP'),
    ],
    rows: summaries.map(({ structure, key, overwritten, agreement: a, medianLogRatio, studyPercent, p, pHolm }): Cell[] => [
      structure, PYRADIOMICS_FIRST_ORDER_NAMES[key], a.n, overwritten.untouched, overwritten.partly, overwritten.fully,
      a.median, a.quartile1, a.quartile3, a.largest, a.bias, a.limits?.[0], a.limits?.[1], medianLogRatio, studyPercent,
      a.ccc, a.icc, p, pHolm,
    ]),
  }; // prettier-ignore
}

/**
 * The table of the 2023 study: mean of 100·(original − defaced)/original, its structures and features in its order. A
 * structure nobody has is not in it.
 */
export function studyMarkdown(summaries: readonly FeatureSummary[]): string {
  return markdown(studyDriftRows(summaries));
}

/** The same as columns and rows of text. */
export function studyDriftRows(summaries: readonly FeatureSummary[]): TextRows {
  const names = STUDY_FEATURES.map((key) => PYRADIOMICS_FIRST_ORDER_NAMES[key]);
  const rows = Object.keys(STUDY_STRUCTURES).flatMap((structure) => {
    const own = summaries.filter((summary) => summary.structure === structure);
    if (own.length === 0) return [];
    const cells = STUDY_FEATURES.map((key) => {
      const percent = own.find((summary) => summary.key === key)?.studyPercent;
      return percent === undefined ? '–' : `${percent.toFixed(2)} %`;
    });
    return [[structure, String(own[0].agreement.n), ...cells]];
  });
  return { columns: ['Structure', 'n', ...names], rows };
}

/** Who was touched and how much the median and the extremes of a few features moved, for people. */
export function driftMarkdown(summaries: readonly FeatureSummary[]): string {
  return markdown(ownDriftRows(summaries));
}

/** The same as columns and rows of text. */
export function ownDriftRows(summaries: readonly FeatureSummary[]): TextRows {
  const shown = ['mean', 'median', 'percentile10', 'percentile90', 'entropy'] as const;
  const structures = [...new Set(summaries.map(({ structure }) => structure))];
  const rows = structures.map((structure) => {
    const own = summaries.filter((summary) => summary.structure === structure);
    const { overwritten, agreement } = own[0];
    const cells = shown.map((key) => {
      const found = own.find((summary) => summary.key === key)?.agreement;
      if (!found) return '–';
      const { median, quartile1, quartile3, largest } = found;
      return `${short(median)} [${short(quartile1)}, ${short(quartile3)}], ${short(largest)}`;
    });
    return [structure, String(agreement.n), `${overwritten.untouched} / ${overwritten.partly} / ${overwritten.fully}`, ...cells]; // prettier-ignore
  });
  const names = shown.map((key) => PYRADIOMICS_FIRST_ORDER_NAMES[key]);
  return { columns: ['Structure', 'n', 'untouched / partly / fully', ...names], rows };
}

const short = (value: number): string => (value === 0 ? '0' : Number(value.toPrecision(3)).toString());

function markdown({ columns: head, rows }: TextRows): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`; // prettier-ignore
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}
