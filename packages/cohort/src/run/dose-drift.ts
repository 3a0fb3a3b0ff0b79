import { type Backend } from '@efface/compute';
import { parseDoseMetric } from '@efface/radiomics';
import { compareDoses } from '../dose/compare-doses.ts';
import { openDose } from '../dose/open-dose.ts';
import { passPercent } from '../dose/dose-tables.ts';

/** One number of the dose in one structure, before and after. */
export interface DoseDrift {
  readonly structure: string;
  readonly metric: string;
  readonly unit: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** What the structures of the study are judged by. */
const METRICS = ['Dmean', 'Dmax', 'D95%', 'D2%', 'D0.03cc', 'V20Gy'].map(parseDoseMetric);

/** Gamma of 3 %, 3 mm of all voxels above a tenth of the largest dose: the usual pair of plan checks. */
const SETTINGS = { metrics: METRICS, gamma: { dosePercent: 3, distanceMm: 3, isLocal: false, thresholdPercent: 10, cap: 2 }, binGy: 0.1 } as const; // prettier-ignore

/**
 * Metrics of a dose in structures, before and after, and the share of each structure's judged voxels that passes gamma.
 * @throws what `openDose` and `compareDoses` throw
 */
export async function doseDriftOf(
  backend: Backend,
  { before, after }: { readonly before: string; readonly after: string },
  structures: readonly string[],
): Promise<DoseDrift[]> {
  const [a, b] = [await openDose(before), await openDose(after)];
  const drifts: DoseDrift[] = [];
  for (const path of structures) {
    const compared = await compareDoses(backend, a, b, path, SETTINGS);
    for (const { name, metrics, gamma } of compared.structures) {
      for (const { metric, a: was, b: is } of metrics)
        drifts.push({
          structure: name,
          metric: metric.name,
          unit: metric.unit,
          before: was ?? null,
          after: is ?? null,
        });
      drifts.push({
        structure: name,
        metric: 'gamma 3%/3mm',
        unit: '%',
        before: 100,
        after: passPercent(gamma) ?? null,
      });
    }
  }
  return drifts;
}
