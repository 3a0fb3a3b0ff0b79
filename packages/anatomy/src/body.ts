import { type Backend, type DeviceBuffer, deviceVolumeFromF32 } from '@efface/compute';
import { dilate, fillHoles, largestComponent, maskLogic, open, threshold } from '@efface/kernels';
import { type Mask, maskToBytes, type Vec3, wordsPerRow } from '@efface/volume';
import type { Sampled, WorkingImage } from './working-image.ts';

/** Couches, head rests and mask shells are thinner than twice this, mm; necks and noses are not. */
const DEVICE_RADIUS_MM = 4;
/** What the opening took from ears and nose comes back within this distance, mm; devices farther away do not. */
const REGROWTH_MM = 6;

/**
 * The body without holes, on the image's grid: everything above `thresholdReal`, largest component, holes filled in
 * each axial slice. With `removeDevices` (CT) what a ball of 4 mm does not fit into is taken off first: tables, head
 * rests and immobilisation shells go, and so do wires; ears and the tip of the nose are grown back.
 */
export async function bodyMask(
  backend: Backend,
  image: WorkingImage,
  thresholdReal: number,
  { removeDevices }: { readonly removeDevices: boolean },
): Promise<Mask> {
  const { sizeIjk } = image;
  const values = backend.createBuffer('body/image', image.values.byteLength, image.values);
  const dense = threshold(backend, {
    volume: deviceVolumeFromF32(values, sizeIjk),
    low: thresholdReal,
    high: Infinity,
  });
  backend.release(values);
  const kept = removeDevices ? withoutDevices(backend, dense, image) : dense;
  const largest = largestComponent(backend, { mask: kept, sizeIjk, connectivity: 6 });
  const filled = fillHoles(backend, { mask: largest, sizeIjk, mode: 'slices-k' });
  const words = new Uint32Array(await backend.read(filled));
  for (const buffer of new Set([dense, kept, largest, filled])) backend.release(buffer);
  return { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words };
}

function withoutDevices(backend: Backend, dense: DeviceBuffer, image: WorkingImage): DeviceBuffer {
  const { sizeIjk, spacingMm } = image;
  const spacing: Vec3 = [spacingMm, spacingMm, spacingMm];
  const opened = open(backend, { mask: dense, sizeIjk, spacingMm: spacing, radiusMm: DEVICE_RADIUS_MM });
  const largest = largestComponent(backend, { mask: opened, sizeIjk, connectivity: 6 });
  const grown = dilate(backend, { mask: largest, sizeIjk, spacingMm: spacing, radiusMm: REGROWTH_MM });
  const kept = maskLogic(backend, { a: grown, b: dense, sizeIjk, operation: 'and' });
  for (const buffer of [opened, largest, grown]) backend.release(buffer);
  return kept;
}

/** The mask as values 0 and 1, for sampling. */
export function sampledMask(image: Sampled, mask: Mask): Sampled {
  return { ...image, values: maskToBytes(mask) };
}
