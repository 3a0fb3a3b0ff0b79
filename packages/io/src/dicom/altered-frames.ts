import { crc32 } from 'node:zlib';
import { storedRange, viewVoxels, type Volume, type VoxelArray } from '@efface/volume';
import { alterVoxels, voxelBytes } from '../alter.ts';
import type { Alteration } from '../scan.ts';
import { DicomError } from './errors.ts';
import type { DicomFile } from './file.ts';
import type { Slice } from './instance.ts';
import type { UidMap } from './uid-map.ts';

/** An opened series, as far as its writing goes. */
export interface SeriesContent {
  /** In the order of the volume's k. */
  readonly slices: readonly Slice[];
  readonly volume: Volume;
  readonly crcPerK: readonly number[];
  readonly uids: UidMap;
  readonly keepSourceReferences: boolean;
}

/** One output file: which slices it holds, in the order of its frames. */
export interface OutputFileContent {
  readonly file: DicomFile;
  /** `kOfFrame[f]` is the volume's k of frame f. */
  readonly kOfFrame: readonly number[];
}

/** Altered frames of one file. */
export interface AlteredFile {
  /** Bytes of each frame, uncompressed. */
  readonly frames: readonly Uint8Array[];
  /** Voxels rewritten in each frame. */
  readonly alteredPerFrame: readonly number[];
}

/** The files of a series, in the order of their first slice. */
export function outputFilesOf(slices: readonly Slice[]): OutputFileContent[] {
  const kOfFrame = new Map<DicomFile, number[]>();
  for (const [k, { file, frame }] of slices.entries()) {
    const frames = kOfFrame.get(file) ?? [];
    kOfFrame.set(file, frames);
    frames[frame] = k;
  }
  return [...kOfFrame].map(([file, frames]) => ({ file, kOfFrame: frames }));
}

/** Buffers of one size, used again. */
export class ScratchPool {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  take(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    return free?.length === sizeBytes ? free : new Uint8Array(sizeBytes);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
  }
}

/** What fits the voxel type may still not fit the bits that the header says are used. */
export function checkFillBits({ slices, volume }: SeriesContent, { fill }: Alteration): void {
  if (fill.kind !== 'constant') return;
  for (const [k, stored] of fill.storedPerK[0].entries()) {
    const [low, high] = rangeOfBits(slices[k], volume);
    if (stored < low || stored > high)
      throw new RangeError(`the fill value ${stored} of slice ${k} does not fit ${slices[k].format.bitsStored} bits`);
  }
}

/** Smallest and largest value that the stored bits of a slice can hold. */
export function rangeOfBits({ format }: Slice, volume: Pick<Volume, 'type' | 'voxels'>): readonly [number, number] {
  const { bitsStored } = format;
  if (bitsStored === 8 * volume.voxels.BYTES_PER_ELEMENT) return storedRange(volume.type);
  if (format.type.startsWith('i')) return [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1];
  return [0, 2 ** bitsStored - 1];
}

export function alterFile(
  { volume, slices, crcPerK }: SeriesContent,
  alteration: Alteration,
  job: OutputFileContent,
  buffer: Uint8Array<ArrayBuffer>,
): AlteredFile {
  const bytes = voxelBytes(volume.voxels);
  const sliceVoxels = volume.grid.sizeIjk[0] * volume.grid.sizeIjk[1];
  const sliceBytes = sliceVoxels * volume.voxels.BYTES_PER_ELEMENT;
  const frames: Uint8Array[] = [];
  const alteredPerFrame: number[] = [];
  for (const [f, k] of job.kOfFrame.entries()) {
    const frame = buffer.subarray(f * sliceBytes, (f + 1) * sliceBytes);
    frame.set(bytes.subarray(k * sliceBytes, (k + 1) * sliceBytes));
    if (crc32(frame) !== crcPerK[k])
      throw new DicomError(
        'DICOM_VOXELS_CHANGED',
        job.file.path,
        'its voxels changed in memory after they were read; nothing was written',
      );
    const voxels = viewVoxels(volume.type, buffer.buffer, buffer.byteOffset + f * sliceBytes, sliceVoxels);
    const count = alterVoxels(alteration, 0, k * sliceVoxels, voxels);
    const usesAllBits = slices[k].format.bitsStored === 8 * voxels.BYTES_PER_ELEMENT;
    if (count > 0 && alteration.fill.kind === 'voxels' && !usesAllBits) checkBits(voxels, slices[k], volume, k);
    frames.push(frame);
    alteredPerFrame.push(count);
  }
  return { frames, alteredPerFrame };
}

function checkBits(voxels: VoxelArray, slice: Slice, volume: Volume, k: number): void {
  const [low, high] = rangeOfBits(slice, volume);
  const [least, most] = rangeOf([voxels]);
  if (least < low || most > high)
    throw new RangeError(`a fill value of slice ${k} does not fit ${slice.format.bitsStored} bits`);
}

export function rangeOf(frames: readonly VoxelArray[]): readonly [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const voxels of frames) {
    if (voxels instanceof BigInt64Array || voxels instanceof BigUint64Array) continue;
    for (let n = 0; n < voxels.length; n++) {
      const stored = voxels[n];
      if (stored < least) least = stored;
      if (stored > most) most = stored;
    }
  }
  return [least, most];
}
