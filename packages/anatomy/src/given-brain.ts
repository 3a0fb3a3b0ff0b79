import { type Backend } from '@efface/compute';
import { resampleMask } from '@efface/kernels';
import { type Grid, type Mask, maskToBytes, wordsPerRow } from '@efface/volume';
import { type BrainSurface, findBrainSurface } from './brain-surface.ts';
import type { Sampled, WorkingImage } from './working-image.ts';

/**
 * Pose and surface of a brain mask that somebody else made: the mask takes the place of the image. Undefined for an
 * empty mask.
 */
export async function givenBrainSurface(
  backend: Backend,
  grid: Grid,
  mask: Mask,
  overview: WorkingImage,
  body: Sampled,
): Promise<BrainSurface | undefined> {
  const { sizeIjk, spacingMm, originLps } = overview;
  const source = backend.createBuffer('given-brain', mask.words.byteLength, mask.words);
  const resampled = resampleMask(backend, { mask: source, maskGrid: grid, targetGrid: overview.grid });
  const words = new Uint32Array(await backend.read(resampled));
  backend.release(source);
  backend.release(resampled);
  const values = Float32Array.from(maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words }));
  const sums = [0, 0, 0];
  let count = 0;
  const [ni, nj] = sizeIjk;
  for (let n = 0; n < values.length; n++) {
    if (values[n] === 0) continue;
    count++;
    sums[0] += n % ni;
    sums[1] += Math.floor(n / ni) % nj;
    sums[2] += Math.floor(n / (ni * nj));
  }
  if (count === 0) return undefined;
  const place = sums.map((sum, d) => originLps[d] + (spacingMm * sum) / count);
  return findBrainSurface({ image: { ...overview, values }, body, scale: { zero: 0, isUneven: false } }, [
    [...place, 0, 0, 0, 0, 0, 0],
  ]);
}
