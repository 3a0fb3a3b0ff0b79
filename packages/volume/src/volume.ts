import { type Grid, voxelCount } from './grid.ts';
import { allocateShared } from './shared-memory.ts';

/** How voxels are stored. Names are the type's kind and its bits. */
export type VoxelType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'f32' | 'f64';

/** Stored voxels, i fastest, then j, then k. */
export type VoxelArray =
  | Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array
  | BigUint64Array | BigInt64Array | Float32Array | Float64Array; // prettier-ignore

const ARRAYS = {
  u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array, u32: Uint32Array, i32: Int32Array,
  u64: BigUint64Array, i64: BigInt64Array, f32: Float32Array, f64: Float64Array,
} as const; // prettier-ignore

/** Bytes of one stored voxel. */
export function bytesPerVoxel(type: VoxelType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** Zeroed voxels in shared memory, so that worker threads and the CPU backend see them without a copy. */
export function allocateVoxels(type: VoxelType, count: number): VoxelArray {
  // Padded to whole words: kernels read voxels as u32.
  const bytes = Math.ceil((count * bytesPerVoxel(type)) / 4) * 4;
  return viewVoxels(type, allocateShared(bytes), 0, count);
}

/** Typed view of `count` voxels in a buffer. `byteOffset` must be a multiple of the voxel's bytes. */
export function viewVoxels(type: VoxelType, buffer: ArrayBufferLike, byteOffset: number, count: number): VoxelArray {
  return new ARRAYS[type](buffer as ArrayBuffer, byteOffset, count);
}

/** Smallest and largest value a voxel of this type can store. */
export function storedRange(type: VoxelType): readonly [number, number] {
  if (type === 'f32') return [-3.4028234663852886e38, 3.4028234663852886e38];
  if (type === 'f64') return [-Number.MAX_VALUE, Number.MAX_VALUE];
  const bits = bytesPerVoxel(type) * 8;
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** What was imaged. OT is anything without a physical scale of its own. */
export type Modality = 'CT' | 'MR' | 'PT' | 'OT';

/** Stored value to real value, one line per slice k: real = stored · slopePerK[k] + interceptPerK[k]. */
export interface Rescale {
  readonly slopePerK: Float64Array;
  readonly interceptPerK: Float64Array;
}

/** The same line for every slice. */
export function uniformRescale(nk: number, slope: number, intercept: number): Rescale {
  return { slopePerK: new Float64Array(nk).fill(slope), interceptPerK: new Float64Array(nk).fill(intercept) };
}

/** True when all slices share one slope and intercept. */
export function isUniformRescale(rescale: Rescale): boolean {
  const { slopePerK, interceptPerK } = rescale;
  return slopePerK.every((s) => s === slopePerK[0]) && interceptPerK.every((v) => v === interceptPerK[0]);
}

/** A scan: stored voxels in their stored type and everything needed to know what and where they are. */
export interface Volume {
  readonly grid: Grid;
  readonly type: VoxelType;
  /** `voxelCount(grid)` stored values. */
  readonly voxels: VoxelArray;
  readonly rescale: Rescale;
  readonly modality: Modality;
  /** Unit of the real values: 'HU', 'Bq/ml', 'Gy' or 'arbitrary'. */
  readonly unit: string;
  /** Stored values that mean "no measurement here" (DICOM Pixel Padding, range limit included), inclusive. */
  readonly paddingRange?: readonly [number, number];
}

/** Checks that the array fits the grid. Throws RangeError naming both counts. */
export function checkVolume(volume: Volume): void {
  const expected = voxelCount(volume.grid);
  if (volume.voxels.length !== expected)
    throw new RangeError(`the volume has ${volume.voxels.length} voxels, its grid ${expected}`);
  const nk = volume.grid.sizeIjk[2];
  if (volume.rescale.slopePerK.length !== nk || volume.rescale.interceptPerK.length !== nk)
    throw new RangeError(`the rescale has ${volume.rescale.slopePerK.length} slices, the grid ${nk}`);
}

/**
 * Stored value nearest to a real one on slice k, rounded for integer types and clipped to what the type holds.
 * −1000 HU on an unsigned CT with intercept −1024 is 24, on one with intercept 0 is 0.
 */
export function storedFromReal(volume: Volume, real: number, k: number): number {
  const [low, high] = storedRange(volume.type);
  const slope = volume.rescale.slopePerK[k];
  let stored = slope === 0 ? 0 : (real - volume.rescale.interceptPerK[k]) / slope;
  if (volume.type !== 'f32' && volume.type !== 'f64') stored = Math.round(stored);
  return Math.min(high, Math.max(low, stored));
}
