import { storedView, type VolumeBinding } from '../device-volume.ts';
import { KernelUnsupportedError } from '../errors.ts';
import type { CpuBuffer } from '../kernel.ts';
import type { GpuJsInput } from './form.ts';

/** Stored voxels as `[k][j][i]`. Throws KernelUnsupportedError for a volume in several chunks. */
export function gpuJsVolume(
  buffers: Readonly<Record<VolumeBinding, CpuBuffer>>,
  constants: Readonly<Record<string, number>>,
  sizeIjk: readonly [number, number, number],
): GpuJsInput {
  if (constants['CHUNK_COUNT'] !== 1) throw new KernelUnsupportedError('gpu.js forms take volumes in one chunk');
  return gpuJsArray(storedView(buffers.volume0, constants['VOXEL_FORMAT']), sizeIjk);
}

/** The first values of an array as `[z][y][x]` of that size. */
export function gpuJsArray<A extends GpuJsInput['values']>(
  values: A,
  size: readonly number[],
): { readonly values: A; readonly size: readonly number[] } {
  const count = size.reduce((product, n) => product * n, 1);
  return { values: values.subarray(0, count) as A, size };
}

/** Rows of a bit-packed mask as halves of words, the lower first: `[…][row][half]`, 16 bits each. */
export function gpuJsHalves(
  buffer: CpuBuffer,
  wordsPerRow: number,
  rows: readonly number[],
): { readonly values: Uint16Array; readonly size: readonly number[] } {
  return gpuJsArray(buffer.u16, [2 * wordsPerRow, ...rows]);
}
