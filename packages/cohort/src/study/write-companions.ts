import type { Backend } from '@efface/compute';
import { type FacePlan, type Finding, maskOfPlan } from '@efface/deface';
import type { Alteration, Companion, CompanionAlteration, OutputFolder } from '@efface/io';
import type { RecordCompanion } from '@efface/report';
import { EffaceError, type Grid } from '@efface/volume';
import { recordFiles } from '../hashes.ts';
import { clipContours } from './clip-contours.ts';

/** What was removed from the images that the objects belong to. */
export interface RemovedFace {
  readonly plan: FacePlan;
  /** Of the image that the case was planned on. */
  readonly grid: Grid;
  readonly alteration: Alteration;
}

/** What was done with the objects, and what a person must know. */
export interface WrittenCompanions {
  readonly companions: readonly RecordCompanion[];
  readonly findings: readonly Finding[];
}

/** File names of the kinds. */
const STEMS: Readonly<Record<Companion['kind'], string>> = {
  'structure set': 'rtstruct',
  dose: 'rtdose',
  plan: 'rtplan',
  segmentation: 'seg',
  registration: 'reg',
  uncleaned: 'uncleaned',
};

/**
 * Writes the objects of a case beside its images: references renewed, contours of the body's surface clipped, dose in what is air
 * now set to 0. One that is damaged is withheld, named and costs the others nothing.
 * @param output without it nothing is written (a dry run)
 */
export async function writeCompanions(
  backend: Backend,
  companions: readonly Companion[],
  face: RemovedFace,
  output: OutputFolder | undefined,
): Promise<WrittenCompanions> {
  const { grid, plan } = face;
  const { mask: removed, methodText, softwareVersion } = face.alteration;
  const alteration: CompanionAlteration = {
    clip: (contours) => {
      const { contours: left, report } = clipContours({ contours, grid, removed });
      const { areaRemovedMm2, contoursTouched, contoursEmptied } = report;
      return { contours: left, report: { areaRemovedMm2, contoursTouched, contoursEmptied } };
    },
    removed: { grid, mask: removed },
    removedOn: async (dose) => (await maskOfPlan(backend, plan, dose)).mask,
    methodText,
    softwareVersion,
  };
  const records: RecordCompanion[] = [];
  const findings: Finding[] = [];
  const counts = new Map<string, number>();
  for (const companion of companions) {
    const { kind, path } = companion;
    if (kind === 'uncleaned')
      findings.push({
        code: 'OBJECT_UNCLEANED',
        severity: 'review',
        message: `${path}: nobody looked whether it shows the face; it is written because --allow-uncleaned asked for it`,
      });
    const nothing = { danglingReferences: 0, clippedRegions: [], zeroedVoxels: 0, warnings: [] };
    const input = await recordFiles([path]);
    if (!output) {
      records.push({ kind, input, output: [], ...nothing });
      continue;
    }
    const n = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, n);
    const destination = await output.path(`${STEMS[kind]}-${n}.dcm`);
    try {
      const written = await companion.write(alteration, destination);
      if (written.danglingReferences > 0)
        findings.push({
          code: 'REFERENCES_DANGLING',
          severity: 'note',
          message: `${path}: ${written.danglingReferences} of the objects it refers to are not in the study`,
        });
      records.push({ kind, input, output: await recordFiles([destination]), ...written });
    } catch (error) {
      if (!(error instanceof EffaceError) || error.exit === 'output') throw error;
      findings.push({ code: 'OBJECT_WITHHELD', severity: 'review', message: `it is left out: ${error.message} [${error.code}]` }); // prettier-ignore
      records.push({ kind, input, output: [], ...nothing });
    }
  }
  return { companions: records, findings };
}
