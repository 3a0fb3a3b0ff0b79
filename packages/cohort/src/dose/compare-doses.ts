import type { Backend } from '@efface/compute';
import { findRtObjects } from '@efface/io';
import { type RegionReport } from '@efface/kernels';
import {
  type DoseGamma, type DoseMetric, DoseVolume, type GammaPassRate, gammaOfDoses, type GammaSettings, nearestField,
  passRateOf, type PatientField, type RegionSamples, sampleContours, sampleVoxels, trilinearField,
} from '@efface/radiomics'; // prettier-ignore
import { spacingMm, type Volume } from '@efface/volume';
import { nameOfRegion, regionsOf, type Structure, structureGroups } from '../structures/structure-groups.ts';
import { DoseInputError, type OpenedDose } from './open-dose.ts';

/** How doses are compared. */
export interface DoseComparisonSettings {
  readonly metrics: readonly DoseMetric[];
  readonly gamma: GammaSettings;
  /** Step of the curves, Gy. */
  readonly binGy: number;
}

/** One number of a structure in both doses; undefined where a dose has none. */
export interface MetricPair {
  readonly metric: DoseMetric;
  readonly a: number | undefined;
  readonly b: number | undefined;
}

/** Both doses in one structure. */
export interface StructureDoses {
  readonly name: string;
  readonly source: string;
  readonly label: number;
  readonly volumeMm3: number;
  /** What the grid of each dose covers of it, mm³. */
  readonly coveredMm3: readonly [number, number];
  readonly metrics: readonly MetricPair[];
  /** Volumes, mm³. */
  readonly gamma: GammaPassRate;
  /** Share of what is covered that gets n·binGy or more, %, of each dose; empty where nothing is covered. */
  readonly curves: readonly [Float64Array, Float64Array];
  /** What became of its contours. */
  readonly drawn?: RegionReport;
}

/** Two doses compared. */
export interface DoseComparison {
  readonly structures: readonly StructureDoses[];
  /** Regions of structure sets that enclose nothing: never drawn, or points and open lines. */
  readonly empty: readonly Structure[];
  readonly gamma: DoseGamma;
  /** Voxels that are judged and that the evaluated dose does not cover. */
  readonly judgedUncovered: number;
}

/**
 * Dose A, the reference, against dose B: metrics and curves in structures, and the gamma index. Contours are cut into parts
 * finer than the dose grids, the same parts for both doses; labels count by their voxels.
 * @param structures path as `structureGroups` takes it; without it only gamma is made
 * @throws DoseInputError DOSE_OTHER_FRAME or DOSE_APART, DoseError, and what `structureGroups` throws
 */
export async function compareDoses(
  backend: Backend,
  a: OpenedDose,
  b: OpenedDose,
  structures: string | undefined,
  { metrics, gamma: criteria, binGy }: DoseComparisonSettings,
): Promise<DoseComparison> {
  if (a.frameOfReferenceUid !== undefined && b.frameOfReferenceUid !== undefined && a.frameOfReferenceUid !== b.frameOfReferenceUid)
    throw new DoseInputError(
      'DOSE_OTHER_FRAME',
      `${b.path}: is in another frame of reference, (0020,0052), than ${a.path}; doses of one frame of reference were expected`,
    ); // prettier-ignore
  const gamma = await gammaOfDoses(backend, { reference: a.volume, evaluated: b.volume }, criteria, [a.path, b.path]);
  const judgedUncovered = countUncovered(gamma.volume, b.volume);
  if (gamma.passRate.judged > 0 && judgedUncovered === gamma.passRate.judged)
    throw new DoseInputError(
      'DOSE_APART',
      `${b.path}: its grid covers nothing of the dose in ${a.path}; doses of the same place were expected`,
    );
  const fields = [trilinearField(a.volume), trilinearField(b.volume), nearestField(gamma.volume)];
  const compared: StructureDoses[] = [];
  const empty: Structure[] = [];
  if (structures !== undefined)
    for await (const { structure, samples } of regionsAt(backend, structures, { a, b, fields, empty }))
      compared.push(inStructure(structure, samples, metrics, binGy));
  return { structures: compared, empty, gamma, judgedUncovered };
}

interface Region {
  readonly structure: Structure;
  readonly samples: RegionSamples;
}

async function* regionsAt(
  backend: Backend,
  path: string,
  { a, b, fields, empty }: { a: OpenedDose; b: OpenedDose; fields: readonly PatientField[]; empty: Structure[] },
): AsyncGenerator<Region> {
  const { frameOfReferenceUid = b.frameOfReferenceUid } = a;
  const reference = { grid: a.volume.grid, ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }) };
  const finest = (volume: Volume): number => Math.min(...spacingMm(volume.grid));
  const finer = finest(b.volume) < finest(a.volume) ? b.volume.grid : a.volume.grid;
  const { structureSets } = await findRtObjects(path);
  for (const source of structureSets) {
    const regions = await regionsOf(source, reference);
    empty.push(...regions.empty.map((region) => ({ name: nameOfRegion(region), source, label: region.number })));
    for (const region of regions.own) {
      const { report, ...samples } = await sampleContours(backend, region.contours, finer, fields);
      const structure = { name: nameOfRegion(region), source, label: region.number, drawn: report };
      // An isocentre is a point.
      if (samples.groups.length === 0) empty.push(structure);
      else yield { structure, samples };
    }
  }
  // Regions with contours come again, drawn on the dose grid, which is coarser than the parts above.
  for await (const { grid, bits, structures } of structureGroups(backend, path, reference))
    for (const [bit, structure] of structures.entries())
      if (structure.drawn === undefined) yield { structure, samples: sampleVoxels(grid, bits, bit, fields) };
}

function inStructure(
  { name, source, label, drawn }: Structure,
  samples: RegionSamples,
  metrics: readonly DoseMetric[],
  binGy: number,
): StructureDoses {
  const pair = [new DoseVolume(samples, 0), new DoseVolume(samples, 1)] as const;
  const [a, b] = pair;
  // One point beyond the hottest part, so that curves come down to 0.
  const count = Math.floor(Math.max(0, a.maxGy ?? 0, b.maxGy ?? 0) / binGy) + 2;
  const curve = (doseVolume: DoseVolume): Float64Array =>
    doseVolume.coveredMm3 === 0
      ? new Float64Array(0)
      : doseVolume.cumulativeMm3(binGy, count).map((mm3) => (100 * mm3) / doseVolume.coveredMm3);
  return {
    name,
    source,
    label,
    volumeMm3: samples.volumeMm3,
    coveredMm3: [a.coveredMm3, b.coveredMm3],
    metrics: metrics.map((metric) => ({ metric, a: metric.of(a), b: metric.of(b) })),
    gamma: passRateOf(samples.groups, 2),
    curves: [curve(a), curve(b)],
    ...(drawn === undefined ? {} : { drawn }),
  };
}

/** Judged voxels whose centre the other dose does not cover. */
function countUncovered({ grid, voxels }: Volume, other: Volume): number {
  const covered = nearestField(other);
  const [ni, nj, nk] = grid.sizeIjk;
  const m = grid.affineIjkToLps;
  const gamma = voxels as Float32Array;
  let count = 0;
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) {
        if (gamma[n] < 0) continue;
        const x = m[0] * i + m[1] * j + m[2] * k + m[3];
        const y = m[4] * i + m[5] * j + m[6] * k + m[7];
        const z = m[8] * i + m[9] * j + m[10] * k + m[11];
        if (Number.isNaN(covered(x, y, z))) count++;
      }
  return count;
}
