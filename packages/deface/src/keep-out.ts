import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { dilate } from '@efface/kernels';
import { spacingMm } from '@efface/volume';
import { type KeepOut } from './plan.ts';

/** The brain and what is nearer to it than `marginMm`, on the brain's own grid. */
export async function brainKeepOut(
  backend: Backend,
  { brain: { grid, mask } }: Pick<HeadAnatomy, 'brain'>,
  marginMm: number,
): Promise<KeepOut> {
  if (marginMm === 0) return { what: 'brain', voxels: { grid, mask } };
  const own = backend.createBuffer('keep-out/brain', mask.words.byteLength, mask.words);
  const grown = dilate(backend, { mask: own, sizeIjk: grid.sizeIjk, spacingMm: spacingMm(grid), radiusMm: marginMm });
  const words = new Uint32Array(await backend.read(grown));
  backend.release(own);
  backend.release(grown);
  return { what: 'brain', voxels: { grid, mask: { ...mask, words } } };
}
