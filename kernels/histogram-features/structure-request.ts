import { type DeviceBuffer, type DeviceFormat, type DeviceVolume } from '@efface/compute';

/** Most structures one label holds. */
export const MAX_STRUCTURES = 32;

/** Which voxels of which volumes to look at. */
export interface StructureRequest {
  readonly original: DeviceVolume;
  /** The same scan after defacing, in the same size and format. Without it only the original is looked at. */
  readonly defaced?: DeviceVolume;
  /**
   * One u32 per voxel, i fastest, then j, then k: bit r is set where the voxel belongs to structure r. Structures may
   * overlap. Bits from `structureCount` on are ignored.
   */
  readonly labels: DeviceBuffer;
  /** 1 to MAX_STRUCTURES. */
  readonly structureCount: number;
}

/** One buffer of a volume pair: the same voxels of both. */
export interface ChunkPair {
  readonly original: DeviceBuffer;
  readonly defaced: DeviceBuffer;
  /** Index of the first voxel in the labels. */
  readonly firstVoxel: number;
  readonly count: number;
}

/**
 * The volumes cut where their buffers are. Throws RangeError when the two volumes differ in size, format or chunks, the
 * labels are too short or the number of structures is impossible.
 */
export function chunkPairs({ original, defaced = original, labels, structureCount }: StructureRequest): ChunkPair[] {
  const count = original.sizeIjk[0] * original.sizeIjk[1] * original.sizeIjk[2];
  if (
    original.sizeIjk.some((n, d) => n !== defaced.sizeIjk[d]) ||
    original.format !== defaced.format ||
    original.chunks.length !== defaced.chunks.length ||
    (original.chunks.length > 1 && original.chunkWords !== defaced.chunkWords)
  )
    throw new RangeError(`${describe(original)} and ${describe(defaced)} are no pair`);
  if (labels.sizeBytes < 4 * count)
    throw new RangeError(`${labels.label} has ${labels.sizeBytes} bytes; ${count} labels need ${4 * count}`);
  if (!(Number.isInteger(structureCount) && structureCount >= 1 && structureCount <= MAX_STRUCTURES))
    throw new RangeError(`a label holds 1 to ${MAX_STRUCTURES} structures, not ${structureCount}`);
  const voxelsPerChunk = original.chunks.length === 1 ? count : original.chunkWords * voxelsPerWord(original.format);
  return original.chunks.map((chunk, c) => ({
    original: chunk,
    defaced: defaced.chunks[c],
    firstVoxel: c * voxelsPerChunk,
    count: Math.min(voxelsPerChunk, count - c * voxelsPerChunk),
  }));
}

function voxelsPerWord(format: DeviceFormat): number {
  return { u8: 4, i8: 4, u16: 2, i16: 2, f32: 1 }[format];
}

function describe({ format, sizeIjk, chunks }: DeviceVolume): string {
  return `${format} ${sizeIjk.join('×')} in ${chunks.length} chunk(s)`;
}
