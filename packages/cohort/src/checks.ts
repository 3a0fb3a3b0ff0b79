import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Finding } from '@efface/deface';
import { maskCount as deviceMaskCount, maskLogic, resampleMask } from '@efface/kernels';
import { type Grid, type GridMask, type Mask, sameGrid } from '@efface/volume';

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
