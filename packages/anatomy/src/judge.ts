import { determinant, type Modality } from '@efface/volume';
import type { BrainSurface } from './brain-surface.ts';
import type { Face } from './face.ts';
import { type AnatomyFinding, anatomyFinding } from './findings.ts';
import { headToLps } from './pose.ts';

/**
 * Below the first the image has no brain in that place, between them a person should look. Seen: 0.56 to 0.84 on MR,
 * 0.95 on PET, and 0.84 to 0.93 on CT, where bone makes the surface sharp; a fruit 0.42, necks up to 0.66 on CT.
 */
const CONTRAST = { least: 0.5, clear: 0.55 };
const CT_CONTRAST = { least: 0.7, clear: 0.8 };
/** Brains of children of one year and of the largest adults, with room, ml. */
const VOLUME_ML = { least: 600, most: 2300 };
/** Share of the brain's surface in the image: below the first nothing is known of it, below the second not much. */
const COVERAGE = { least: 0.2, clear: 0.4 };
/** Vault outlines of heads miss the average by less, mm; with a worse one a weak brain is no head at all. */
const WORST_VAULT_MM = 8;

/** Volume inside the surface, image or not, ml: a sum over directions of equal solid angle. */
export function surfaceVolumeMl({ mesh, offsets, pose }: BrainSurface): number {
  let sum = 0;
  mesh.averageRadii.forEach((radius, v) => {
    sum += (radius + offsets[v]) ** 3;
  });
  const meanCube = sum / mesh.averageRadii.length;
  return (((4 / 3) * Math.PI * meanCube) / 1000) * determinant(headToLps(pose));
}

/** What to think of the brain that was found. */
export interface BrainJudgement {
  /** Its mask may be used, perhaps after a person looked. */
  readonly isBrain: boolean;
  readonly findings: readonly AnatomyFinding[];
}

/** Is this a brain? On PET a brain without uptake is nobody's fault: a review, not a failure. */
export function judgeBrain(surface: BrainSurface, vaultRmsMm: number, modality: Modality): BrainJudgement {
  const { contrast, coverage } = surface;
  const isPet = modality === 'PT';
  const severity = isPet ? 'review' : 'fail';
  const { least, clear } = modality === 'CT' ? CT_CONTRAST : CONTRAST;
  const seen = `${(100 * coverage).toFixed(0)} % of its surface inside the image`;
  const clearness = `contrast ${contrast.toFixed(2)}, heads have ${clear} and more; outline ${vaultRmsMm.toFixed(1)} mm off`;
  const refuse = (finding: AnatomyFinding): BrainJudgement => ({ isBrain: false, findings: [finding] });
  if (!(contrast >= least))
    return refuse(
      isPet && vaultRmsMm < WORST_VAULT_MM
        ? anatomyFinding('BRAIN_NOT_FOUND', severity, clearness)
        : anatomyFinding('NOT_A_HEAD', 'fail', clearness),
    );
  if (coverage < COVERAGE.least) return refuse(anatomyFinding('BRAIN_NOT_FOUND', severity, seen));
  const volumeMl = surfaceVolumeMl(surface);
  if (volumeMl < VOLUME_ML.least || volumeMl > VOLUME_ML.most)
    return refuse(anatomyFinding('BRAIN_IMPLAUSIBLE_VOLUME', severity, `${volumeMl.toFixed(0)} ml`));
  const findings: AnatomyFinding[] = [];
  if (contrast < clear) findings.push(anatomyFinding('BRAIN_UNCLEAR', 'review', clearness));
  if (coverage < COVERAGE.clear) findings.push(anatomyFinding('BRAIN_MOSTLY_OUTSIDE', 'review', seen));
  return { isBrain: true, findings };
}

/** Is there a face to remove? */
export function judgeFace(face: Face): AnatomyFinding[] {
  const seen = `${(100 * face.coverage).toFixed(0)} % of the region inside`;
  if (Number.isNaN(face.deficitMm) || face.coverage < 0.1)
    return [anatomyFinding('FACE_OUTSIDE_FIELD_OF_VIEW', 'fail', seen)];
  const figures = `skin ${face.deficitMm.toFixed(0)} mm behind the average face's`;
  if (!face.present) return [anatomyFinding('FACE_ALREADY_REMOVED', 'fail', figures)];
  const findings: AnatomyFinding[] = [];
  if (face.deficitMm > 10) findings.push(anatomyFinding('FACE_UNUSUAL', 'review', figures));
  if (face.coverage < 0.6) findings.push(anatomyFinding('FACE_PARTLY_OUTSIDE', 'review', seen));
  return findings;
}
