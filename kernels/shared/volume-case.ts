import { type DeviceFormat, VOXEL_FORMATS } from '@efface/compute';
import { type CaseBuffer, randomF32, randomIntegers } from '@efface/compute/testing';

const ARRAYS = { u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array } as const;

/** Random stored voxels of a format, uniform in [low, high], padded to whole words. */
export function randomStored(
  seed: number,
  format: DeviceFormat,
  count: number,
  low: number,
  high: number,
): ArrayBufferView {
  if (format === 'f32') return randomF32(seed, count, low, high);
  const perWord = 4 / ARRAYS[format].BYTES_PER_ELEMENT;
  return randomIntegers(seed, new ARRAYS[format](Math.ceil(count / perWord) * perWord), low, high);
}

/** The four bindings of a volume of one chunk; the others are dummies, as they are never read. */
export function volumeBuffers(
  stored: ArrayBufferView,
): Record<'volume0' | 'volume1' | 'volume2' | 'volume3', CaseBuffer> {
  const dummy = { init: new Uint32Array(4) };
  return { volume0: { init: stored }, volume1: dummy, volume2: dummy, volume3: dummy };
}

/** Constants of a volume of one chunk. */
export function volumeConstants(format: DeviceFormat): { readonly VOXEL_FORMAT: number } {
  return { VOXEL_FORMAT: VOXEL_FORMATS[format] };
}
