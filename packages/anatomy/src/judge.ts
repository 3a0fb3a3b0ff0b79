import { determinant, type Modality } from '@efface/volume';
import type { BrainSurface } from './brain-surface.ts';
import type { Face } from './face.ts';
import { type AnatomyFinding, anatomyFinding } from './findings.ts';
import { headToLps } from './pose.ts';

/** Below the first the image has no brain in that place, between them a person should look. */
const CONTRAST = { least: 0.5, clear: 0.58 };
/** Brains of children of one year and of the largest adults, with room, ml. */
const VOLUME_ML = { least: 600, most: 2300 };
/** Share of the brain's surface that must be in the image. */
const LEAST_COVERAGE = 0.35;
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

/** Is this a brain? On PET a brain without uptake is nobody's fault: a review, not a failure. */
export function judgeBrain(surface: BrainSurface, vaultRmsMm: number, modality: Modality): AnatomyFinding[] {
  const { contrast, coverage } = surface;
  const figures = `contrast ${contrast.toFixed(2)}, heads have ${CONTRAST.clear} and more; outline ${vaultRmsMm.toFixed(1)} mm off`;
  const severity = modality === 'PT' ? 'review' : 'fail';
  if (!(contrast >= CONTRAST.least) || !(coverage > 0)) {
    const isOutlineOfHead = vaultRmsMm < WORST_VAULT_MM && modality === 'PT';
    return [isOutlineOfHead ? anatomyFinding('BRAIN_NOT_FOUND', severity, figures) : anatomyFinding('NOT_A_HEAD', 'fail', figures)];
  }
  const volumeMl = surfaceVolumeMl(surface);
  if (volumeMl < VOLUME_ML.least || volumeMl > VOLUME_ML.most)
    return [anatomyFinding('BRAIN_IMPLAUSIBLE_VOLUME', severity, `${volumeMl.toFixed(0)} ml`)];
  if (coverage < LEAST_COVERAGE)
    return [anatomyFinding('BRAIN_MOSTLY_OUTSIDE', 'review', `${(100 * coverage).toFixed(0)} % of its surface inside`)];
  return [];
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
