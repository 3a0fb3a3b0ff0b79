import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

const deflate = promisify<Uint8Array, object, Buffer>(deflateRaw);

/** Blocks that are compressed at once. */
export const BLOCKS_AT_ONCE = availableParallelism() + 1;

/** Deflate looks back this far. */
const WINDOW_BYTES = 2 ** 15;

/**
 * One gzip member from blocks that are compressed side by side on the thread pool. Every block but the first starts
 * with the end of the one before as its dictionary and ends on a byte (the way of pigz), so any gunzip reads the result
 * as one stream. Same input, same level: same bytes, however many threads there are. No name, no time.
 * @param blocks pieces of the file in order; each must stay unchanged while the next BLOCKS_AT_ONCE are asked for
 * @param level 1 (fastest) to 9
 * @param write called in order with compressed bytes
 */
export async function gzipBlocks(
  blocks: Iterable<Uint8Array>,
  level: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  // 8: deflate; no flags; time 0; extra flags 0; 255: no operating system named.
  await write(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255));
  const pending: Promise<Buffer>[] = [];
  let crc = 0;
  let lengthBytes = 0;
  let dictionary: Uint8Array | undefined;
  try {
    for (const block of blocks) {
      if (block.length === 0) continue;
      crc = crc32(block, crc);
      lengthBytes += block.length;
      pending.push(
        deflate(block, {
          level,
          finishFlush: constants.Z_SYNC_FLUSH,
          chunkSize: 2 ** 18,
          ...(dictionary ? { dictionary } : {}),
        }),
      );
      dictionary = block.slice(-WINDOW_BYTES);
      if (pending.length >= BLOCKS_AT_ONCE) await write(await (pending.shift() as Promise<Buffer>));
    }
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) await write(await next);
  } finally {
    // When a write fails nobody else waits for what is still under way.
    await Promise.allSettled(pending);
  }
  const tail = new DataView(new ArrayBuffer(10));
  // An empty last block (fixed codes), then checksum and length.
  tail.setUint16(0, 0x0300);
  tail.setUint32(2, crc, true);
  tail.setUint32(6, lengthBytes % 2 ** 32, true);
  await write(new Uint8Array(tail.buffer));
}
