import { type FileHandle, open, rm } from 'node:fs/promises';
import { bytesPerVoxel, type Volume, type VoxelArray, viewVoxels } from '@efface/volume';
import { crc32 } from 'node:zlib';
import { alterVoxels, checkAlteration, frameBytes, voxelBytes } from '../alter.ts';
import { outputErrorFrom } from '../output/errors.ts';
import type { Alteration } from '../scan.ts';
import { IS_LITTLE_ENDIAN_HOST, swapBytes } from './bytes.ts';
import { gzipBlocks } from './deflate.ts';
import { NiftiError } from './errors.ts';

/** Pieces in which voxels are copied, altered and compressed; a multiple of every voxel size. */
const BLOCK_BYTES = 2 ** 20;

/**
 * Measured on real heads (README of the package): level 1 costs a third of the default's time and about 7 % in size.
 */
const GZIP_LEVEL = 1;

/** Everything of a NIfTI file but an alteration. */
export interface NiftiContent {
  /** Header, extensions and padding: every byte before the voxels. */
  readonly prefix: Uint8Array;
  readonly frames: readonly Volume[];
  readonly littleEndian: boolean;
  /** Bytes after the voxels. */
  readonly suffix: Uint8Array;
  /** Checksum of every frame's native bytes when it was read; the writer proves that it still holds. */
  readonly crcPerFrame?: readonly number[];
}

/**
 * Writes a NIfTI file; gzip when the name ends with '.gz'. Only masked voxels differ from `content`. Peak memory is a
 * few blocks. On failure nothing is left.
 * @returns voxels rewritten
 * @throws OutputError when the place cannot be written or exists, NiftiError NIFTI_VOXELS_CHANGED when the voxels in
 *   memory are no longer those that were read
 */
export async function writeContent(
  path: string,
  content: NiftiContent,
  alteration?: Alteration,
  onProgress?: (share: number) => void,
): Promise<number> {
  if (alteration) checkAlteration(alteration, content.frames);
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx');
  } catch (error) {
    throw outputErrorFrom(error, path);
  }
  const progress = { altered: 0 };
  const report = onProgress ? reporter(content, onProgress) : undefined;
  try {
    const blocks = contentBlocks(path, content, alteration, progress);
    const write = async (bytes: Uint8Array): Promise<void> => {
      for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten;
    };
    if (path.endsWith('.gz')) await gzipBlocks(counted(blocks, report), GZIP_LEVEL, write);
    else for (const block of counted(blocks, report)) await write(block);
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(path, { force: true });
    throw outputErrorFrom(error, path);
  }
  return progress.altered;
}

function* counted(blocks: Iterable<Uint8Array>, report?: (bytes: number) => void): Generator<Uint8Array> {
  for (const block of blocks) {
    yield block;
    report?.(block.length);
  }
}

function reporter(content: NiftiContent, onProgress: (share: number) => void): (bytes: number) => void {
  const total = content.prefix.length + content.frames.length * frameBytes(content.frames[0]) + content.suffix.length;
  let done = 0;
  return (bytes) => onProgress((done += bytes) / total);
}

/** The file's bytes in order. Every block is a fresh buffer, so that several may be under way. */
function* contentBlocks(
  path: string,
  content: NiftiContent,
  alteration: Alteration | undefined,
  progress: { altered: number },
): Generator<Uint8Array> {
  yield content.prefix;
  for (const [f, frame] of content.frames.entries()) {
    const size = bytesPerVoxel(frame.type);
    const bytes = voxelBytes(frame.voxels);
    let crc = 0;
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const block = new Uint8Array(bytes.subarray(start, start + BLOCK_BYTES));
      crc = crc32(block, crc);
      if (alteration) {
        const voxels: VoxelArray = viewVoxels(frame.type, block.buffer, 0, block.length / size);
        progress.altered += alterVoxels(alteration, f, start / size, voxels);
      }
      if (content.littleEndian !== IS_LITTLE_ENDIAN_HOST) swapBytes(block, size);
      yield block;
    }
    if (content.crcPerFrame && content.crcPerFrame[f] !== crc)
      throw new NiftiError(
        'NIFTI_VOXELS_CHANGED',
        path,
        `the voxels of frame ${f} changed in memory after they were read; nothing was written`,
      );
  }
  yield content.suffix;
}
