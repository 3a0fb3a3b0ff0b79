import { bytesPerVoxel, maskCount, storedRange, type Volume, type VoxelArray, type VoxelType } from '@efface/volume';
import type { Alteration } from './scan.ts';

/**
 * Checks that an alteration fits the frames it is for. Throws RangeError naming what does not: mask size, number of
 * frames or slices, element type, or a constant that the stored type cannot hold.
 */
export function checkAlteration(alteration: Alteration, frames: readonly Volume[]): void {
  const { mask, fill } = alteration;
  const { grid, type } = frames[0];
  if (mask.sizeIjk.some((n, d) => n !== grid.sizeIjk[d]))
    throw new RangeError(`the mask is ${mask.sizeIjk.join('×')}, the image ${grid.sizeIjk.join('×')}`);
  const given = fill.kind === 'constant' ? fill.storedPerK.length : fill.voxels.length;
  if (given !== frames.length) throw new RangeError(`the fill has ${given} frames, the image ${frames.length}`);
  if (fill.kind === 'constant') {
    for (const storedPerK of fill.storedPerK) {
      if (storedPerK.length !== grid.sizeIjk[2])
        throw new RangeError(`the fill has ${storedPerK.length} slices, the image ${grid.sizeIjk[2]}`);
      for (const stored of storedPerK) checkStored(type, stored);
    }
    return;
  }
  for (const [f, voxels] of fill.voxels.entries()) {
    const own = frames[f].voxels;
    if (voxels.length !== own.length || voxels.constructor !== own.constructor)
      throw new RangeError(
        `the fill of frame ${f} has ${voxels.length} voxels of ${voxels.constructor.name}, ` +
          `the image ${own.length} of ${own.constructor.name}`,
      );
  }
}

/** Typed arrays wrap and truncate without a word, so what they would change is refused before. */
function checkStored(type: VoxelType, stored: number): void {
  const [low, high] = storedRange(type);
  const isFloat = type === 'f32' || type === 'f64';
  if (!(stored >= low && stored <= high) || (!isFloat && !Number.isInteger(stored)))
    throw new RangeError(`the fill value ${stored} cannot be stored as ${type}`);
  // The limits of 64-bit types are rounded up when written as a number.
  if ((type === 'u64' || type === 'i64') && stored >= 2 ** (type === 'u64' ? 64 : 63))
    throw new RangeError(`the fill value ${stored} cannot be stored as ${type}`);
}

/**
 * Rewrites the masked voxels of a run of one frame.
 * @param firstVoxel linear index (i fastest, then j, then k) in the frame of `target[0]`
 * @param target stored values of the voxels `firstVoxel … firstVoxel + target.length − 1`, changed in place; same
 *   type as the frame. A slice, a block of a file or the whole frame all do.
 * @returns number of voxels rewritten
 */
export function alterVoxels(alteration: Alteration, frame: number, firstVoxel: number, target: VoxelArray): number {
  const { mask, fill } = alteration;
  const [ni, nj] = mask.sizeIjk;
  const end = firstVoxel + target.length;
  let altered = 0;
  for (let row = Math.floor(firstVoxel / ni); row * ni < end; row++) {
    const rowStart = row * ni;
    const base = row * mask.wordsPerRow;
    const stop = Math.min(end - rowStart, ni);
    let i = Math.max(firstVoxel - rowStart, 0);
    for (;;) {
      const from = nextBit(mask.words, base, i, stop, 0);
      if (from === stop) break;
      i = nextBit(mask.words, base, from, stop, -1);
      const to = rowStart + from - firstVoxel;
      if (fill.kind === 'constant') fillRun(target, to, to + i - from, fill.storedPerK[frame][Math.floor(row / nj)]);
      else copyRun(target, to, fill.voxels[frame], rowStart + from, i - from);
      altered += i - from;
    }
  }
  return altered;
}

/** First i in [from, stop) whose bit differs from the bits of `skip` (0: first set bit, −1: first clear), else `stop`. */
function nextBit(words: Uint32Array, base: number, from: number, stop: number, skip: 0 | -1): number {
  if (from >= stop) return stop;
  let w = from >>> 5;
  let word = (words[base + w] ^ skip) & (-1 << (from & 31));
  while (word === 0) {
    if (++w * 32 >= stop) return stop;
    word = words[base + w] ^ skip;
  }
  return Math.min(stop, 32 * w + 31 - Math.clz32(word & -word));
}

function fillRun(target: VoxelArray, from: number, to: number, stored: number): void {
  if (target instanceof BigUint64Array || target instanceof BigInt64Array) target.fill(BigInt(stored), from, to);
  else target.fill(stored, from, to);
}

/** Bytes are copied, not values: a NaN keeps its payload. */
function copyRun(target: VoxelArray, to: number, source: VoxelArray, from: number, count: number): void {
  const size = target.BYTES_PER_ELEMENT;
  voxelBytes(target).set(voxelBytes(source.subarray(from, from + count)), to * size);
}

/** An alteration that changes nothing: what a copy or a round-trip test is written with. */
export function emptyAlteration(frames: readonly Volume[], mask: Alteration['mask']): Alteration {
  if (maskCount(mask) !== 0) throw new RangeError('the mask of an empty alteration has voxels set');
  const nk = frames[0].grid.sizeIjk[2];
  return {
    mask,
    fill: { kind: 'constant', storedPerK: frames.map(() => new Float64Array(nk)) },
    methodText: 'none',
    softwareVersion: '',
    verified: false,
  };
}

/** The bytes of stored voxels, without a copy. */
export function voxelBytes(voxels: VoxelArray): Uint8Array {
  return new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
}

/** Bytes of one frame as stored. */
export function frameBytes(volume: Volume): number {
  return volume.voxels.length * bytesPerVoxel(volume.type);
}
