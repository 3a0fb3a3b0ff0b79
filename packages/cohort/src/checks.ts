import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Finding } from '@efface/deface';
import { faceSurfaceInRegion } from '@efface/reidentify';
import { add, type Mask, scale, type Volume } from '@efface/volume';

/** Height of the tip of the nose below the middle of the brain, mm, for images whose border cuts it off. */
const USUAL_NOSE_BELOW_BRAIN_MM = 60;

/** Below this share of the face's skin nobody would call it removed; above the second nothing is left to review. */
const FACE_NOT_REMOVED_BELOW = 0.25;
const FACE_REMOVED_FROM = 0.6;

/**
 * Checks of the altered head that need to look at it: is the tip of the nose gone, and how much of the skin between brow
 * and chin, seen from the front, lies in the altered region?
 */
export async function checkAlteredHead(
  backend: Backend,
  volume: Volume,
  mask: Mask,
  anatomy: HeadAnatomy,
): Promise<{ readonly findings: readonly Finding[]; readonly measured: Readonly<Record<string, number>> }> {
  // Anatomy has said already why there is no face to look at.
  if (!anatomy.face.present) return { findings: [], measured: {} };
  const { originLps, superiorLps } = anatomy.frame;
  const noseTipLps = anatomy.face.noseTipLps ?? add(originLps, scale(superiorLps, -USUAL_NOSE_BELOW_BRAIN_MM));
  const { nPixels, removedShare } = await faceSurfaceInRegion(backend, {
    volume,
    mask,
    frame: anatomy.frame,
    thresholdReal: anatomy.skinThresholdReal,
    noseTipLps,
    smoothMm: 0,
  });
  const measured = { faceSurfaceRemovedShare: removedShare };
  const percent = `${(100 * removedShare).toFixed(0)} %`;
  if (nPixels === 0 || removedShare < FACE_NOT_REMOVED_BELOW) {
    const message = `only ${percent} of the skin between brow and chin would be removed`;
    return { findings: [{ code: 'FACE_NOT_REMOVED', severity: 'fail', message }], measured };
  }
  if (removedShare < FACE_REMOVED_FROM) {
    const message = `${percent} of the skin between brow and chin would be removed; look at the pictures`;
    return { findings: [{ code: 'FACE_PARTLY_KEPT', severity: 'review', message }], measured };
  }
  return { findings: [], measured };
}
