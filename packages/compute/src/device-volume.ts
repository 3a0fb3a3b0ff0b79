import { allocateVoxels, type Vec3, type Volume, type VoxelArray, type VoxelType } from '@efface/volume';
import { type Backend, type DeviceBuffer } from './backend.ts';
import { DeviceMemoryError } from './errors.ts';
import { type CpuBuffer } from './kernel.ts';

/** Voxel formats kernels read directly; the value is the override VOXEL_FORMAT of shared/volume.wgsl. */
export const VOXEL_FORMATS = { u8: 0, i8: 1, u16: 2, i16: 3, f32: 4 } as const;

/** A format kernels read. */
export type DeviceFormat = keyof typeof VOXEL_FORMATS;

/** Bytes of one voxel by the code of its format (the constant VOXEL_FORMAT), for the cost of a kernel. */
export function bytesOfFormat(voxelFormat: number): number {
  return [1, 1, 2, 2, 4][voxelFormat];
}

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

/** Names of a volume's four bindings, in the order of its chunks. */
export type VolumeBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3';

/** Format in which a stored type lives on the device; types without one are converted to f32 there. */
export function deviceFormat(type: VoxelType): DeviceFormat {
  return type in VOXEL_FORMATS ? (type as DeviceFormat) : 'f32';
}

/**
 * Uploads the stored values of a volume (types wider than 16 bits become f32; the rescale is not applied). On the CPU
 * backend the buffer is the volume's own memory where the format allows it. Release with `releaseVolume`.
 * Throws DeviceMemoryError when MAX_CHUNKS bindings cannot hold it.
 */
export function uploadVolume(backend: Backend, label: string, volume: Volume): DeviceVolume {
  const format = deviceFormat(volume.type);
  const source = format === volume.type ? volume.voxels : toF32(volume.voxels);
  const totalBytes = source.byteLength;
  const chunkBytes = Math.floor(backend.maxBindingBytes / 4) * 4;
  const count = Math.max(1, Math.ceil(totalBytes / chunkBytes));
  if (count > MAX_CHUNKS)
    throw new DeviceMemoryError(
      `${label} needs ${totalBytes} bytes, ${backend.info.name} can bind ${MAX_CHUNKS} × ${chunkBytes}; use --backend cpu`,
    );
  const chunks: DeviceBuffer[] = [];
  try {
    for (let c = 0; c < count; c++) {
      const begin = c * chunkBytes;
      const sizeBytes = Math.min(chunkBytes, totalBytes - begin);
      const bytes = new Uint8Array(source.buffer, source.byteOffset + begin, sizeBytes);
      chunks.push(backend.createBuffer(`${label}/${c}`, Math.ceil(sizeBytes / 4) * 4, bytes));
    }
  } catch (error) {
    for (const chunk of chunks) backend.release(chunk);
    throw error;
  }
  return { sizeIjk: volume.grid.sizeIjk, format, chunks, chunkWords: count === 1 ? 0xffffffff : chunkBytes / 4 };
}

/** Nearest f32 of each stored value, in shared memory. */
function toF32(voxels: VoxelArray): Float32Array {
  const values = allocateVoxels('f32', voxels.length) as Float32Array;
  if (voxels instanceof BigInt64Array || voxels instanceof BigUint64Array)
    for (let n = 0; n < values.length; n++) values[n] = Number(voxels[n]);
  else values.set(voxels);
  return values;
}

/** A buffer of f32 values (i fastest) seen as a volume; it stays the caller's to release. */
export function deviceVolumeFromF32(buffer: DeviceBuffer, sizeIjk: Vec3): DeviceVolume {
  return { sizeIjk, format: 'f32', chunks: [buffer], chunkWords: 0xffffffff };
}

/** Releases the chunks of an uploaded volume. */
export function releaseVolume(backend: Backend, volume: DeviceVolume): void {
  for (const chunk of volume.chunks) backend.release(chunk);
}

/** Bindings and constants of a kernel that imports shared/volume.wgsl. Bindings without a chunk get the first again. */
export function volumeArguments(volume: DeviceVolume): {
  readonly buffers: Readonly<Record<VolumeBinding, DeviceBuffer>>;
  readonly constants: Readonly<Record<'VOXEL_FORMAT' | 'CHUNK_WORDS' | 'CHUNK_COUNT', number>>;
} {
  const chunk = (n: number): DeviceBuffer => volume.chunks[n] ?? volume.chunks[0];
  return {
    buffers: { volume0: chunk(0), volume1: chunk(1), volume2: chunk(2), volume3: chunk(3) },
    constants: {
      VOXEL_FORMAT: VOXEL_FORMATS[volume.format],
      CHUNK_WORDS: volume.chunkWords,
      CHUNK_COUNT: volume.chunks.length,
    },
  };
}

/** The stored voxels of a single-chunk volume as its twin reads them. `voxelFormat` is the constant VOXEL_FORMAT. */
export function storedView(
  buffer: CpuBuffer,
  voxelFormat: number,
): Uint8Array | Int8Array | Uint16Array | Int16Array | Float32Array {
  switch (voxelFormat) {
    case VOXEL_FORMATS.u8:
      return buffer.u8;
    case VOXEL_FORMATS.i8:
      return buffer.i8;
    case VOXEL_FORMATS.u16:
      return buffer.u16;
    case VOXEL_FORMATS.i16:
      return buffer.i16;
    default:
      return buffer.f32;
  }
}
