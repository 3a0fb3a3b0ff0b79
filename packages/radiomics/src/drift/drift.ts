import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { type Agreement, agreementOf } from './agreement.ts';
import { STUDY_STRUCTURES } from './structure-names.ts';
import { holm, wilcoxonSignedRank } from './wilcoxon.ts';

/** One structure of one patient before and after. */
export interface StructureDrift {
  readonly patient: string;
  /** By the name of the table of names, or its own. */
  readonly structure: string;
  readonly voxelCount: number;
  readonly changedVoxelCount: number;
  /** Largest change of a voxel, real units. */
  readonly maxChange: number;
  readonly original: FirstOrderFeatures;
  readonly defaced: FirstOrderFeatures;
}

/** How much of a structure was overwritten. */
export type Overwritten = 'untouched' | 'partly' | 'fully';

/** @returns fully when every voxel has another value */
export function overwrittenOf({ voxelCount, changedVoxelCount }: StructureDrift): Overwritten {
  return changedVoxelCount === 0 ? 'untouched' : changedVoxelCount === voxelCount ? 'fully' : 'partly';
}

/** What became of one feature of one structure. */
export interface FeatureDrift {
  readonly key: keyof FirstOrderFeatures;
  readonly original: number;
  readonly defaced: number;
  /** defaced − original, units of the feature. */
  readonly difference: number;
  /** 100·(original − defaced)/original: the sign of the 2023 study. Undefined where the original is 0. */
  readonly studyPercent?: number;
  /** ln(defaced/original); undefined unless both are positive. */
  readonly logRatio?: number;
}

const KEYS = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];

/** All features of a structure, in PyRadiomics' order. */
export function featureDrifts({ original, defaced }: StructureDrift): FeatureDrift[] {
  return KEYS.map((key) => {
    const [before, after] = [original[key], defaced[key]];
    return {
      key,
      original: before,
      defaced: after,
      difference: after - before,
      ...(before === 0 ? {} : { studyPercent: (100 * (before - after)) / before }),
      ...(before > 0 && after > 0 ? { logRatio: Math.log(after / before) } : {}),
    };
  });
}

/** One feature of one structure over all patients. */
export interface FeatureSummary {
  readonly structure: string;
  readonly key: keyof FirstOrderFeatures;
  /** Patients whose structure nobody touched, touched in part, and wholly. */
  readonly overwritten: Readonly<Record<Overwritten, number>>;
  /** Of the originals and the defaced; differences are defaced less original. */
  readonly agreement: Agreement;
  /** Median of ln(defaced/original), where that exists for every patient. */
  readonly medianLogRatio?: number;
  /** Mean of 100·(original − defaced)/original over the patients where that exists: the figure of the 2023 study. */
  readonly studyPercent?: number;
  /** Two-sided Wilcoxon signed-rank probability; undefined where nothing changed. */
  readonly p?: number;
  /** `p` after Holm, over all structures and features of this list. */
  readonly pHolm?: number;
}

/** Every feature of every structure over all patients; structures in the study's order, then by name. */
export function summariseDrift(drifts: readonly StructureDrift[]): FeatureSummary[] {
  const structures = [...new Set(drifts.map(({ structure }) => structure))].sort(byStudyOrder);
  return adjusted(structures.flatMap((own) => summariseStructure(own, drifts.filter(({ structure }) => structure === own)))); // prettier-ignore
}

/** Every feature of one structure over its patients, without `pHolm`: for `adjusted`, where not all can be held at a time. */
export function summariseStructure(structure: string, drifts: readonly StructureDrift[]): FeatureSummary[] {
  const overwritten = { untouched: 0, partly: 0, fully: 0 };
  for (const drift of drifts) overwritten[overwrittenOf(drift)]++;
  const features = drifts.map(featureDrifts);
  return KEYS.map((key, n) => summaryOf(structure, key, overwritten, features.map((list) => list[n]))); // prettier-ignore
}

/** The same summaries with `pHolm` over all of them. */
export function adjusted(summaries: readonly FeatureSummary[]): FeatureSummary[] {
  const tested = summaries.filter(({ p }) => p !== undefined);
  const holmed = holm(tested.map(({ p }) => p ?? 1));
  const pHolm = new Map(tested.map((summary, n) => [summary, holmed[n]]));
  return summaries.map((summary) => {
    const own = pHolm.get(summary);
    return own === undefined ? summary : { ...summary, pHolm: own };
  });
}

function summaryOf(
  structure: string,
  key: keyof FirstOrderFeatures,
  overwritten: FeatureSummary['overwritten'],
  drifts: readonly FeatureDrift[],
): FeatureSummary {
  const ratios = drifts.flatMap(({ logRatio }) => (logRatio === undefined ? [] : [logRatio])).sort((a, b) => a - b);
  const percents = drifts.flatMap(({ studyPercent }) => (studyPercent === undefined ? [] : [studyPercent]));
  const p = wilcoxonSignedRank(drifts.map(({ difference }) => difference));
  const middle = (ratios.length - 1) / 2;
  return {
    structure,
    key,
    overwritten,
    agreement: agreementOf(drifts.map((d) => d.original), drifts.map((d) => d.defaced)),
    ...(ratios.length === drifts.length
      ? { medianLogRatio: (ratios[Math.floor(middle)] + ratios[Math.ceil(middle)]) / 2 }
      : {}),
    ...(percents.length === 0 ? {} : { studyPercent: percents.reduce((a, b) => a + b, 0) / percents.length }),
    ...(p === undefined ? {} : { p }),
  }; // prettier-ignore
}

const STUDY_ORDER = Object.keys(STUDY_STRUCTURES);

/** Order of the study's structures, then by name. */
export function byStudyOrder(a: string, b: string): number {
  const place = (name: string): number => (STUDY_ORDER.includes(name) ? STUDY_ORDER.indexOf(name) : Infinity);
  const [first, second] = [place(a), place(b)];
  if (first !== second) return first - second;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The ten features of the 2023 study in its order. */
export const STUDY_FEATURES = [
  'percentile90', 'energy', 'entropy', 'kurtosis', 'maximum', 'median', 'range', 'skewness', 'uniformity', 'variance',
] as const satisfies readonly (keyof FirstOrderFeatures)[]; // prettier-ignore
