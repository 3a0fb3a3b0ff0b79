import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskCombine } from './mask-combine.ts';
import { maskInvert } from './mask-invert.ts';
import { maskPopcount } from './mask-popcount.ts';

const OPERATIONS = { and: 0, or: 1, andNot: 2, xor: 3 } as const;

/** What to combine: two masks of the same size. */
export interface MaskLogicRequest {
  readonly a: DeviceBuffer;
  readonly b: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** andNot: a without b. */
  readonly operation: keyof typeof OPERATIONS;
}

/** a op b, voxel by voxel. The caller owns the result. */
export function maskLogic(backend: Backend, { a, b, sizeIjk, operation }: MaskLogicRequest): DeviceBuffer {
  const count = wordsPerRow(sizeIjk[0]) * sizeIjk[1] * sizeIjk[2];
  const dst = backend.createBuffer(`mask-${operation}`, 4 * count);
  backend.dispatch(maskCombine, {
    params: { count },
    constants: { OPERATION: OPERATIONS[operation] },
    buffers: { a, b, dst },
  });
  return dst;
}

/** The voxels that are not in the mask. The caller owns the result. */
export function maskNot(backend: Backend, mask: DeviceBuffer, sizeIjk: Vec3): DeviceBuffer {
  const perRow = wordsPerRow(sizeIjk[0]);
  const count = perRow * sizeIjk[1] * sizeIjk[2];
  const dst = backend.createBuffer('mask-not', 4 * count);
  backend.dispatch(maskInvert, {
    params: { count, wordsPerRow: perRow, sizeI: sizeIjk[0] },
    buffers: { src: mask, dst },
  });
  return dst;
}

/** Number of voxels in the mask. */
export async function maskCount(backend: Backend, mask: DeviceBuffer): Promise<number> {
  const total = backend.createBuffer('mask-count', 4);
  backend.dispatch(maskPopcount, { params: { count: Math.floor(mask.sizeBytes / 4) }, buffers: { src: mask, total } });
  const [count] = new Uint32Array(await backend.read(total));
  backend.release(total);
  return count;
}
