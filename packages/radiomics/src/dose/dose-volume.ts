import { type RegionSamples } from './region-samples.ts';

/** Shares of a volume are compared with this slack, so that 95 % of 20 parts are 19. */
const RELATIVE_SLACK = 1e-9;

/** Equal parts of a region with their doses, ascending. */
interface SortedGroup {
  readonly sampleMm3: number;
  readonly doseGy: Float32Array;
}

/** Index of the first dose that is `gy` or more. */
function firstAtLeast(doseGy: Float32Array, gy: number): number {
  let low = 0;
  let high = doseGy.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (doseGy[middle] >= gy) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Which volume of a region gets which dose. Every part of the region counts with the dose at its centre; there are no bins
 * and nothing is interpolated between parts. What the dose grid does not cover has no dose: volumes and shares are of
 * the covered part.
 */
export class DoseVolume {
  /** The whole region, mm³. */
  readonly volumeMm3: number;
  /** The part of it that the dose grid covers, mm³. */
  readonly coveredMm3: number;
  /** Gy; undefined when nothing is covered, as are the next two. */
  readonly minGy: number | undefined;
  readonly maxGy: number | undefined;
  readonly meanGy: number | undefined;
  readonly #groups: readonly SortedGroup[];

  /** `field` is the place of the dose among the fields that were sampled. */
  constructor({ groups, volumeMm3 }: RegionSamples, field: number) {
    this.#groups = groups
      .map(({ sampleMm3, values }) => ({ sampleMm3, doseGy: values[field].filter((gy) => !Number.isNaN(gy)).sort() }))
      .filter(({ doseGy }) => doseGy.length > 0);
    this.volumeMm3 = volumeMm3;
    let covered = 0;
    let doseVolume = 0;
    for (const { sampleMm3, doseGy } of this.#groups) {
      covered += sampleMm3 * doseGy.length;
      let sum = 0;
      for (const gy of doseGy) sum += gy;
      doseVolume += sampleMm3 * sum;
    }
    this.coveredMm3 = covered;
    if (covered === 0) return;
    this.minGy = Math.min(...this.#groups.map(({ doseGy }) => doseGy[0]));
    this.maxGy = Math.max(...this.#groups.map(({ doseGy }) => doseGy[doseGy.length - 1]));
    this.meanGy = doseVolume / covered;
  }

  /** Volume that gets `gy` or more, mm³. */
  volumeAtLeastMm3(gy: number): number {
    return this.#groups.reduce((sum, { sampleMm3, doseGy }) => sum + sampleMm3 * (doseGy.length - firstAtLeast(doseGy, gy)), 0); // prettier-ignore
  }

  /**
   * The dose that the hottest `mm3` of the region get at least: the largest dose that no less volume gets. Undefined when
   * less than that is covered, or nothing.
   */
  doseOfHottestGy(mm3: number): number | undefined {
    const wanted = mm3 * (1 - RELATIVE_SLACK);
    const { minGy, maxGy } = this;
    if (minGy === undefined || maxGy === undefined || this.coveredMm3 < wanted) return undefined;
    if (this.volumeAtLeastMm3(maxGy) >= wanted) return maxGy;
    let low = minGy;
    let high = maxGy;
    // Doses are f32: after 60 halvings none lies between the bounds.
    for (let n = 0; n < 60; n++) {
      const middle = (low + high) / 2;
      if (this.volumeAtLeastMm3(middle) >= wanted) low = middle;
      else high = middle;
    }
    return this.#groups.reduce((least, { doseGy }) => {
      const at = firstAtLeast(doseGy, low);
      return at < doseGy.length ? Math.min(least, doseGy[at]) : least;
    }, Infinity);
  }

  /** Volumes that get n·binGy or more, mm³, n = 0 … count − 1: the cumulative curve. */
  cumulativeMm3(binGy: number, count: number): Float64Array {
    return Float64Array.from({ length: count }, (_, n) => this.volumeAtLeastMm3(n * binGy));
  }

  /** Volumes that get n·binGy or more and less than (n + 1)·binGy, mm³: the differential curve. */
  differentialMm3(binGy: number, count: number): Float64Array {
    const cumulative = this.cumulativeMm3(binGy, count + 1);
    return Float64Array.from({ length: count }, (_, n) => cumulative[n] - cumulative[n + 1]);
  }
}
