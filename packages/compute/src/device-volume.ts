import { type Vec3, type Volume, type VoxelType } from '@efface/volume';
import type { Backend, DeviceBuffer } from './backend.ts';

/** Voxel formats kernels read directly; the value is the override VOXEL_FORMAT of shared/volume.wgsl. */
export const VOXEL_FORMATS = { u8: 0, i8: 1, u16: 2, i16: 3, f32: 4 } as const;

/** A format kernels read. */
export type DeviceFormat = keyof typeof VOXEL_FORMATS;

/** Most chunks a kernel can bind for one volume (shared/volume.wgsl has as many bindings). */
export const MAX_CHUNKS = 4;

/**
 * Stored voxels on the device, i fastest, packed little-endian into u32 words without row padding, cut at whole words
 * into at most MAX_CHUNKS buffers of at most `backend.maxBindingBytes`.
 */
export interface DeviceVolume {
  readonly sizeIjk: Vec3;
  readonly format: DeviceFormat;
  readonly chunks: readonly DeviceBuffer[];
  /** Words per chunk; the last may hold fewer. */
  readonly chunkWords: number;
}

/** Format in which a stored type lives on the device; types without one are converted to f32 there. */
export function deviceFormat(type: VoxelType): DeviceFormat {
  return type in VOXEL_FORMATS ? (type as DeviceFormat) : 'f32';
}
