import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { projectMask } from './project-mask.ts';

/** A mask to look at along a stored axis. */
export interface SilhouetteRequest {
  readonly mask: DeviceBuffer;
  readonly sizeIjk: Vec3;
  readonly axis: 0 | 1 | 2;
}

/**
 * The silhouette on the device: bits of the two other axes in their stored order, rows along the first of them, padded
 * to whole words. The caller owns the buffer.
 */
export function silhouette(backend: Backend, { mask, sizeIjk, axis }: SilhouetteRequest): DeviceBuffer {
  const [na, nb] = [0, 1, 2].filter((d) => d !== axis).map((d) => sizeIjk[d]);
  const dstWordsPerRow = wordsPerRow(na);
  const dst = backend.createBuffer('silhouette', 4 * dstWordsPerRow * nb);
  backend.dispatch(projectMask, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), axis, dstWordsPerRow },
    buffers: { src: mask, dst },
  });
  return dst;
}
