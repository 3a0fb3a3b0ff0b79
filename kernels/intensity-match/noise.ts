import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { histogram, storedExtent } from '../histogram-global/histogram-global.ts';
import { noiseResidual } from './noise-residual.ts';

/** Where to look for noise. */
export interface NoiseRequest {
  /** Real values, f32, i fastest. */
  readonly values: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Voxels of tissue; in air the noise of a magnitude MR image is not Gaussian (Rician). */
  readonly mask: DeviceBuffer;
}

/** Median of the absolute values of a standard normal distribution. */
const NORMAL_MAD = 0.6744897501960817;

const BINS = 2048;

/**
 * Standard deviation of an image's noise, in its own unit: the median of what a high-pass filter leaves (Immerkær 1996),
 * over 0.6745, so that edges, which are few, do not count for it (Donoho 1995). For white Gaussian noise; smoothed noise
 * comes out too small. The median is found in two histograms, to a 2000th of it. 0 when no voxel has all its in-plane
 * neighbours in the mask, or the image is flat.
 */
export async function noiseSigma(backend: Backend, { values, sizeIjk, mask }: NoiseRequest): Promise<number> {
  const dst = backend.createBuffer('noise-residual', 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  backend.dispatch(noiseResidual, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) },
    buffers: { src: values, mask, dst },
  });
  const volume = deviceVolumeFromF32(dst, sizeIjk);
  try {
    const { max } = await storedExtent(backend, { volume });
    if (!(max > 0)) return 0;
    const coarse = await median(backend, volume, max);
    // Outliers may be a thousand times the median; twice its bin's upper edge holds it for sure.
    return (await median(backend, volume, 2 * (coarse + max / BINS))) / NORMAL_MAD;
  } finally {
    backend.release(dst);
  }
}

/**
 * Median of the values from 0 up; those above `high` count as being there. Straight line within the bin that holds it,
 * which leaves an error of a bin at most.
 */
async function median(backend: Backend, volume: ReturnType<typeof deviceVolumeFromF32>, high: number): Promise<number> {
  const all = await histogram(backend, { volume, low: 0, high: 2 ** 126, binCount: 1 });
  const counts = await histogram(backend, { volume, low: 0, high, binCount: BINS });
  const half = all[0] / 2;
  for (let bin = 0, below = 0; bin < BINS; below += counts[bin++])
    if (below + counts[bin] >= half && counts[bin] > 0) return ((bin + (half - below) / counts[bin]) * high) / BINS;
  return high;
}

/** Standard deviation of the noise to add so that an image of noise `hasSigma` gets `wantedSigma`; 0 if it has more. */
export function missingNoise(hasSigma: number, wantedSigma: number): number {
  return Math.sqrt(Math.max(0, wantedSigma ** 2 - hasSigma ** 2));
}
