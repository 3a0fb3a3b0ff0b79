import { EffaceError } from '@efface/volume';
import { type DoseVolume } from './dose-volume.ts';

/** A metric nobody knows. */
export class DoseMetricError extends EffaceError {
  constructor(text: string) {
    super(
      'DOSE_METRIC_UNKNOWN',
      'usage',
      `${text} is no dose metric; Dmin, Dmean, Dmax, D95%, D2cc, V20Gy, V20Gy% or V20Gycc were expected`,
    );
  }
}

/** One number of a dose in a region. */
export interface DoseMetric {
  /** As it was asked for, for example 'D95%'. */
  readonly name: string;
  readonly unit: 'Gy' | '%' | 'cc';
  /** Undefined where the region has no such value: nothing of it is covered, or it is smaller than the volume asked for. */
  readonly of: (doseVolume: DoseVolume) => number | undefined;
}

const MM3_PER_CC = 1000;

const EXTREMES = { min: 'minGy', mean: 'meanGy', max: 'maxGy' } as const;

/**
 * Dmin, Dmean, Dmax; D95% and D2cc, the dose that the hottest 95 % or 2 cc get at least; V20Gy (or V20Gy%) and V20Gycc,
 * the share and the volume that get 20 Gy or more. Shares are of what the dose grid covers. Letters may be of any case.
 * @throws DoseMetricError
 */
export function parseDoseMetric(text: string): DoseMetric {
  const name = text.trim();
  const extreme = /^D(min|mean|max)$/i.exec(name);
  if (extreme) {
    const key = EXTREMES[extreme[1].toLowerCase() as keyof typeof EXTREMES];
    return { name, unit: 'Gy', of: (doseVolume) => doseVolume[key] };
  }
  const dose = /^D(\d+(?:\.\d+)?)(%|cc)$/i.exec(name);
  if (dose) {
    const amount = Number(dose[1]);
    const isShare = dose[2] === '%';
    if (!(amount > 0 && (!isShare || amount <= 100))) throw new DoseMetricError(name);
    return {
      name,
      unit: 'Gy',
      of: (doseVolume) =>
        doseVolume.doseOfHottestGy(isShare ? (amount / 100) * doseVolume.coveredMm3 : amount * MM3_PER_CC),
    };
  }
  const volume = /^V(\d+(?:\.\d+)?)Gy(%|cc)?$/i.exec(name);
  if (!volume) throw new DoseMetricError(name);
  const gy = Number(volume[1]);
  const unit = volume[2]?.toLowerCase() === 'cc' ? 'cc' : '%';
  return {
    name,
    unit,
    of: (doseVolume) => {
      if (doseVolume.coveredMm3 === 0) return undefined;
      const mm3 = doseVolume.volumeAtLeastMm3(gy);
      return unit === 'cc' ? mm3 / MM3_PER_CC : (100 * mm3) / doseVolume.coveredMm3;
    },
  };
}
