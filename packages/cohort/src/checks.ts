import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Finding } from '@efface/deface';
import { maskCount as deviceMaskCount, maskLogic, resampleMask } from '@efface/kernels';
import { faceSurfaceInRegion } from '@efface/reidentify';
import { type Grid, type GridMask, type Mask, sameGrid, type Volume } from '@efface/volume';

/** How many voxels of `mask` (on `grid`) lie in the brain and in the body. */
export async function countInside(
  backend: Backend,
  mask: Mask,
  grid: Grid,
  anatomy: Pick<HeadAnatomy, 'brain' | 'body'>,
): Promise<{ readonly brain: number; readonly body: number }> {
  const altered = backend.createBuffer('checks/altered', mask.words.byteLength, mask.words);
  const brain = await countOverlap(backend, altered, grid, anatomy.brain);
  const body = await countOverlap(backend, altered, grid, anatomy.body);
  backend.release(altered);
  await backend.flush();
  return { brain, body };
}

async function countOverlap(backend: Backend, altered: DeviceBuffer, grid: Grid, part: GridMask): Promise<number> {
  const own = backend.createBuffer('checks/part', part.mask.words.byteLength, part.mask.words);
  const onGrid = sameGrid(part.grid, grid)
    ? own
    : resampleMask(backend, { mask: own, maskGrid: part.grid, targetGrid: grid });
  const both = maskLogic(backend, { a: altered, b: onGrid, sizeIjk: grid.sizeIjk, operation: 'and' });
  const count = await deviceMaskCount(backend, both);
  for (const buffer of new Set([own, onGrid, both])) backend.release(buffer);
  return count;
}

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
  const { noseTipLps } = anatomy.face;
  // Anatomy has said already why there is no face to look at.
  if (noseTipLps === undefined) return { findings: [], measured: {} };
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
