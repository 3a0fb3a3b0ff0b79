import {
  type HeadAnatomy,
  type HeadTemplate,
  locateTemplate,
  registerDeformable,
  TEMPLATE_LABELS,
  templateImage,
  type Warp,
  warpLabels,
} from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { dilate } from '@efface/kernels';
import { type GridMask, type Mask, maskFromNonzero, maskToBytes, spacingMm, type Volume } from '@efface/volume';
import { DefaceError } from '../errors.ts';

/** Voxels of the finest level of the deformation, mm. */
const FINEST_MM = 4;
/** The face and what is this near to it is not looked at, so that the new face does not take the patient's features. */
const FACE_MARGIN_MM = 6;
/** Stiffer than registration's own: the face goes where its surroundings go, without a crease at its border. */
const STIFFNESS = { fluidSigmaVoxels: 2.5, diffusionSigmaVoxels: 1 } as const;

/** A template on a head. */
export interface LaidTemplate {
  /** From the patient to the template. */
  readonly warp: Warp;
  /** Why nothing is deformed. */
  readonly whyAffine?: string;
  readonly measured: Readonly<Record<string, number>>;
}

/**
 * Lays a template on a head: by its surfaces with an affine map, then by the tissue around the face with a deformation
 * that is folded nowhere. Throws DefaceError TEMPLATE_LOST.
 */
export async function layTemplate(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  template: HeadTemplate,
): Promise<LaidTemplate> {
  const location = await locateTemplate(backend, volume, anatomy, template);
  if (location.isLost)
    throw new DefaceError('TEMPLATE_LOST', `the head template does not fit: ${location.reason?.message ?? ''}`);
  const { templateOfLps, quality, faceCoverage, faceMisfitMm, headMisfitMm } = location;
  const affine: Warp = { movingOfFixed: templateOfLps };
  const { body } = anatomy;
  const labels = await warpLabels(backend, template.labels, affine, body.grid);
  const mask = await aroundFace(backend, labels);
  const found = await registerDeformable(
    backend,
    { volume, mask, body },
    { volume: templateImage(template, volume.modality) },
    { initial: templateOfLps, metric: 'local-correlation', finestSpacingMm: FINEST_MM, ...STIFFNESS },
  );
  const affineDice = bodyDice(labels, body.mask, mask.mask);
  const deformedDice = bodyDice(await warpLabels(backend, template.labels, found, body.grid), body.mask, mask.mask);
  const measured = {
    templateQuality: quality,
    templateFaceCoverage: faceCoverage,
    templateFaceMisfitMm: faceMisfitMm,
    templateHeadMisfitMm: headMisfitMm,
    affineBodyDice: affineDice,
  };
  const whyAffine = found.isLost
    ? 'the deformation was lost'
    : deformedDice < affineDice
      ? 'deformed, the head fits worse'
      : undefined;
  if (whyAffine !== undefined) return { warp: affine, whyAffine, measured };
  const { movingOfFixed, field, minJacobian } = found;
  return {
    warp: { movingOfFixed, field },
    measured: { ...measured, deformedBodyDice: deformedDice, deformedMinJacobian: minJacobian },
  };
}

/** Everything but the face and the ears of a label map, and what is near to them. */
async function aroundFace(backend: Backend, { grid, voxels }: Volume): Promise<GridMask> {
  const { face, ears } = TEMPLATE_LABELS;
  const isFace = Uint8Array.from({ length: voxels.length }, (_, n) => Number(voxels[n] === face || voxels[n] === ears));
  const mask = maskFromNonzero(grid.sizeIjk, isFace);
  const own = backend.createBuffer('reface/face', mask.words.byteLength, mask.words);
  const grown = dilate(backend, {
    mask: own,
    sizeIjk: grid.sizeIjk,
    spacingMm: spacingMm(grid),
    radiusMm: FACE_MARGIN_MM,
  });
  const near = maskToBytes({ ...mask, words: new Uint32Array(await backend.read(grown)) });
  backend.release(own);
  backend.release(grown);
  return { grid, mask: maskFromNonzero(grid.sizeIjk, near.map((is) => 1 - is)) }; // prettier-ignore
}

/** Overlap of the template's head and the patient's where the template has voxels and `where` looks. */
function bodyDice({ voxels }: Volume, body: Mask, where: Mask): number {
  const { none, air } = TEMPLATE_LABELS;
  const isBody = maskToBytes(body);
  const isLooked = maskToBytes(where);
  let [both, sum] = [0, 0];
  for (let n = 0; n < isBody.length; n++) {
    const label = Number(voxels[n]);
    if (isLooked[n] === 0 || label === none) continue;
    const inTemplate = Number(label !== air);
    both += inTemplate & isBody[n];
    sum += inTemplate + isBody[n];
  }
  return sum === 0 ? 0 : (2 * both) / sum;
}
