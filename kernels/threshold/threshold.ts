import { type Backend, type DeviceBuffer, type DeviceVolume, volumeArguments } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { thresholdMask } from './threshold-mask.ts';

/** What to select. */
export interface ThresholdRequest {
  readonly volume: DeviceVolume;
  /** Stored values, both inclusive; ±Infinity stands for no limit. */
  readonly low: number;
  readonly high: number;
}

const LARGEST_F32 = 3.4028234663852886e38;

/** Mask (bits, see Mask in @efface/volume) of the voxels with low ≤ stored ≤ high. The caller owns the buffer. */
export function threshold(backend: Backend, { volume, low, high }: ThresholdRequest): DeviceBuffer {
  const { sizeIjk } = volume;
  const perRow = wordsPerRow(sizeIjk[0]);
  const dst = backend.createBuffer('threshold', 4 * perRow * sizeIjk[1] * sizeIjk[2]);
  const { buffers, constants } = volumeArguments(volume);
  backend.dispatch(thresholdMask, {
    params: { sizeIjk, wordsPerRow: perRow, low: Math.max(low, -LARGEST_F32), high: Math.min(high, LARGEST_F32) },
    constants,
    buffers: { ...buffers, dst },
  });
  return dst;
}
