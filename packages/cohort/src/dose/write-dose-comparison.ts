import { type OutputFolder, writeNifti, writeOutput } from '@efface/io';
import { doseVolumeSvg } from '@efface/report';
import { uniqueName } from '../groups.ts';
import { csvOf } from '../tables.ts';
import { type DoseComparison, type DoseComparisonSettings } from './compare-doses.ts';
import { doseCurveTable, doseMetricTable, doseStructureTable, passPercent, uncoveredPercent } from './dose-tables.ts';

/** File that marks a folder as one of compared doses, which overwriting may replace. */
export const DOSE_RECORD_NAME = 'dose.json';

/** Two doses compared, as JSON: numbers without curves and volumes. */
export function doseRecord(
  { structures, empty, gamma, judgedUncovered }: DoseComparison,
  { gamma: criteria, binGy }: Pick<DoseComparisonSettings, 'gamma' | 'binGy'>,
): object {
  return {
    gamma: {
      ...criteria,
      largestGy: gamma.largestGy,
      voxelsJudged: gamma.passRate.judged,
      voxelsPassed: gamma.passRate.passed,
      passedPercent: passPercent(gamma.passRate) ?? null,
      voxelsJudgedUncovered: judgedUncovered,
    },
    binGy,
    structures: structures.map((own) => ({
      name: own.name,
      label: own.label,
      volumeCc: own.volumeMm3 / 1000,
      uncoveredPercent: { a: uncoveredPercent(own, 0) ?? null, b: uncoveredPercent(own, 1) ?? null },
      gamma: { judgedCc: own.gamma.judged / 1000, passedPercent: passPercent(own.gamma) ?? null },
      metrics: own.metrics.map(({ metric: { name, unit }, a, b }) => ({ name, unit, a: a ?? null, b: b ?? null })),
      ...(own.drawn === undefined ? {} : { contours: own.drawn }),
    })),
    withoutClosedContours: empty.map(({ name, label }) => ({ name, label })),
  };
}

/** Writes a comparison into a folder: numbers as JSON and CSV, curves as CSV and SVG, gamma as NIfTI. */
export async function writeDoseComparison(
  output: OutputFolder,
  comparison: DoseComparison,
  settings: DoseComparisonSettings,
): Promise<void> {
  const { structures, gamma } = comparison;
  const { binGy } = settings;
  const files: Record<string, string> = {
    [DOSE_RECORD_NAME]: `${JSON.stringify(doseRecord(comparison, settings), null, 2)}\n`,
  };
  if (structures.length > 0) {
    files['structures.csv'] = csvOf(doseStructureTable(comparison));
    files['metrics.csv'] = csvOf(doseMetricTable(structures));
    files['curves.csv'] = csvOf(doseCurveTable(structures, binGy));
    // Structures of several files may share a name, not a line.
    const used = new Set<string>();
    const drawn = structures.flatMap(({ name, curves: [a, b] }) => {
      const structure = uniqueName(name, used);
      return [
        { structure, dose: 'A', stepGy: binGy, percent: a },
        { structure, dose: 'B', stepGy: binGy, percent: b },
      ];
    });
    files['curves.svg'] = await doseVolumeSvg(drawn);
  }
  for (const [name, content] of Object.entries(files)) await writeOutput(await output.path(name), content);
  await writeNifti(
    await output.path('gamma.nii.gz'),
    gamma.volume,
    'gamma index; -1 where the dose is below the threshold',
  );
}
