import { findEars, type HeadAnatomy } from '@efface/anatomy';
import { type HalfSpace } from '@efface/kernels';
import { add, scale } from '@efface/volume';

/** The auricles and the air beside them, one convex part each. */
export function earParts({ frame, body }: Pick<HeadAnatomy, 'frame' | 'body'>): (readonly HalfSpace[])[] {
  const { originLps, posteriorLps, superiorLps } = frame;
  return findEars({ frame, body }).map(({ headLps, outLps, posteriorMm, superiorMm }) => [
    { pointLps: headLps, normalLps: outLps },
    { pointLps: add(originLps, scale(posteriorLps, posteriorMm[0])), normalLps: posteriorLps },
    { pointLps: add(originLps, scale(posteriorLps, posteriorMm[1])), normalLps: scale(posteriorLps, -1) },
    { pointLps: add(originLps, scale(superiorLps, superiorMm[0])), normalLps: superiorLps },
    { pointLps: add(originLps, scale(superiorLps, superiorMm[1])), normalLps: scale(superiorLps, -1) },
  ]);
}
