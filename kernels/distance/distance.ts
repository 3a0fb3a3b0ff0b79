import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskNot } from '../mask-logic/mask-logic.ts';
import { distanceLine } from './distance-line.ts';
import { distanceRow } from './distance-row.ts';
import { distanceSign } from './distance-sign.ts';

/** Distance where there is nothing to be near to, mm: what an empty mask gives everywhere. */
export const FAR_MM = 1e15;

/** Positions along an axis are kept in 16 bits. */
const MAX_SIZE = 0xffff;

/** A mask to measure from. */
export interface DistanceRequest {
  /** Bits, rows padded to words. */
  readonly mask: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Distance of neighbouring voxel centres along i, j, k, mm. Axes are taken as perpendicular. */
  readonly spacingMm: Vec3;
}

/**
 * Exact Euclidean distance in mm from the centre of every voxel to the centre of the nearest set one, f32, i fastest: 0
 * inside, FAR_MM when the mask is empty. Three passes, each linear in the voxels (Felzenszwalb and Huttenlocher,
 * Distance Transforms of Sampled Functions, 2012). The caller owns the buffer. Throws RangeError for a grid of more than
 * 65 535 voxels along an axis or a spacing that is not > 0.
 */
export function distanceMm(backend: Backend, { mask, sizeIjk, spacingMm }: DistanceRequest): DeviceBuffer {
  if (sizeIjk.some((n) => n > MAX_SIZE)) throw new RangeError(`a grid of ${sizeIjk.join(' × ')} voxels`);
  if (!spacingMm.every((mm) => mm > 0)) throw new RangeError(`a spacing of ${spacingMm.join(', ')} mm`);
  const count = sizeIjk[0] * sizeIjk[1] * sizeIjk[2];
  // Whole groups of four voxels, for those who read it in groups.
  const sizeBytes = 16 * Math.ceil(count / 4);
  let current = backend.createBuffer('distance/i', sizeBytes);
  backend.dispatch(distanceRow, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), spacing: spacingMm[0] },
    buffers: { src: mask, dst: current },
  });
  for (const axis of [1, 2] as const) {
    const dst = backend.createBuffer(axis === 1 ? 'distance/ij' : 'distance', sizeBytes);
    backend.dispatch(distanceLine, {
      params: { sizeIjk, axis, spacing: spacingMm[axis] },
      constants: { IS_LAST: axis === 2 ? 1 : 0 },
      buffers: { src: current, dst },
    });
    backend.release(current);
    current = dst;
  }
  return current;
}

/**
 * Signed distance: outside, the distance to the nearest set voxel; inside, minus that to the nearest one that is not
 * set. The border lies between the two, half a voxel from either. The caller owns the buffer. Throws as `distanceMm`.
 */
export function signedDistanceMm(backend: Backend, request: DistanceRequest): DeviceBuffer {
  const { mask, sizeIjk } = request;
  const rest = maskNot(backend, mask, sizeIjk);
  const outside = distanceMm(backend, request);
  const inside = distanceMm(backend, { ...request, mask: rest });
  backend.release(rest);
  const dst = backend.createBuffer('signed-distance', outside.sizeBytes);
  backend.dispatch(distanceSign, {
    params: { count: outside.sizeBytes / 16 },
    buffers: { outside, inside, dst },
  });
  backend.release(outside);
  backend.release(inside);
  return dst;
}
