import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend, deviceVolumeFromF32, type DeviceVolume, releaseVolume, uploadVolume } from '@efface/compute';
import { depthField, type DepthWindow, realValuesOf } from '@efface/kernels';
import { isUniformRescale, maskToBytes, spacingMm, type Volume, wordsPerRow } from '@efface/volume';

/** Skin that lies no farther than this many voxels of the body mask's grid from that mask is the body's. */
const BODY_TOLERANCE_VOXELS = 2;

/** What a window sees: f32 for each pixel, mm from its plane. */
export interface SeenSkin {
  /** Depth of the body's skin; NaN where there is none. */
  readonly skinMm: Float32Array;
  /** Depth of what stands in front of the skin without being body (mask shells, wires, noise); NaN where nothing does. */
  readonly deviceMm: Float32Array;
}

/**
 * The skin of the body in several windows, found where the image reaches the anatomy's threshold, sub-voxel. What
 * the body mask leaves out is told apart; behind it the mask's own surface stands for the skin.
 */
export async function seenSkin(
  backend: Backend,
  volume: Volume,
  { body, skinThresholdReal }: HeadAnatomy,
  windows: readonly DepthWindow[],
): Promise<SeenSkin[]> {
  const image = thresholdField(backend, volume, skinThresholdReal);
  const bits = Float32Array.from(maskToBytes(body.mask));
  const bodyField = deviceVolumeFromF32(backend.createBuffer('cover/body', bits.byteLength, bits), body.grid.sizeIjk);
  const toleranceMm = BODY_TOLERANCE_VOXELS * Math.max(...spacingMm(body.grid));
  const seen: SeenSkin[] = [];
  for (const window of windows) {
    const first = await depths(backend, { ...image, grid: volume.grid, window });
    const own = await depths(backend, { field: bodyField, thresholdStored: 0.5, grid: body.grid, window });
    const deviceMm = new Float32Array(first.length).fill(Number.NaN);
    const skinMm = own.map((bodyMm, n) => {
      if (Math.abs(first[n] - bodyMm) <= toleranceMm) return first[n];
      if (first[n] < bodyMm) deviceMm[n] = first[n];
      return bodyMm;
    });
    seen.push({ skinMm, deviceMm });
  }
  releaseVolume(backend, bodyField);
  releaseVolume(backend, image.field);
  return seen;
}

interface ThresholdField {
  readonly field: DeviceVolume;
  readonly thresholdStored: number;
}

/** Stored values where one rising line maps them to real ones, else real values. */
function thresholdField(backend: Backend, volume: Volume, thresholdReal: number): ThresholdField {
  const stored = uploadVolume(backend, 'cover/volume', volume);
  const { slopePerK, interceptPerK } = volume.rescale;
  if (isUniformRescale(volume.rescale) && slopePerK[0] > 0)
    return { field: stored, thresholdStored: (thresholdReal - interceptPerK[0]) / slopePerK[0] };
  const real = realValuesOf(backend, stored, volume.grid, volume.rescale);
  releaseVolume(backend, stored);
  return { field: deviceVolumeFromF32(real, volume.grid.sizeIjk), thresholdStored: thresholdReal };
}

/** Depths of the first surface, NaN where there is none. */
async function depths(
  backend: Backend,
  { field, ...request }: ThresholdField & Pick<Parameters<typeof depthField>[1], 'grid' | 'window'>,
): Promise<Float32Array<ArrayBuffer>> {
  const seen = depthField(backend, { volume: field, ...request });
  const depthMm = new Float32Array(await backend.read(seen.depthMm));
  const valid = new Uint32Array(await backend.read(seen.valid));
  backend.release(seen.depthMm);
  backend.release(seen.valid);
  const nu = request.window.sizePx[0];
  const perRow = wordsPerRow(nu);
  return depthMm.map((depth, n) => {
    const word = valid[Math.floor(n / nu) * perRow + ((n % nu) >>> 5)];
    return (word >>> (n % nu & 31)) & 1 ? depth : Number.NaN;
  });
}
