import { allocateShared } from '@efface/volume';

/** Smallest block handed out, bytes. */
const MIN_BLOCK_BYTES = 4096;

/** Size class: two per octave, so that a block serves buffers of nearly its size. */
export function sizeClassBytes(sizeBytes: number): number {
  if (sizeBytes <= MIN_BLOCK_BYTES) return MIN_BLOCK_BYTES;
  const octave = 2 ** Math.floor(Math.log2(sizeBytes));
  if (sizeBytes <= octave) return octave;
  return sizeBytes <= 1.5 * octave ? 1.5 * octave : 2 * octave;
}

interface Pooled {
  readonly memory: SharedArrayBuffer;
  /** Last batch that uses it. */
  readonly batch: number;
}

/** Blocks of shared memory, reused by size class: fresh pages cost more than zeroing used ones. */
export class MemoryPool {
  readonly #capBytes: number;
  #idle: Pooled[] = [];
  #pooledBytes = 0;
  #heldBytes = 0;
  #peakBytes = 0;

  /** Keeps at most `capBytes` of unused blocks. */
  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  /**
   * A block of at least `sizeBytes`, last used by batch `usedUntil` at most: the running batch's number for work that
   * queues behind it, the number of the last finished one for bytes written at once. `fresh` blocks are zero.
   */
  acquire(sizeBytes: number, usedUntil: number): { readonly memory: SharedArrayBuffer; readonly fresh: boolean } {
    const blockBytes = sizeClassBytes(sizeBytes);
    const found = this.#idle.findIndex((p) => p.memory.byteLength === blockBytes && p.batch <= usedUntil);
    if (found >= 0) {
      const [{ memory }] = this.#idle.splice(found, 1);
      this.#pooledBytes -= blockBytes;
      return { memory, fresh: false };
    }
    this.#heldBytes += blockBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#heldBytes);
    return { memory: allocateShared(blockBytes), fresh: true };
  }

  /** Takes a block back; `batch` is the last one that uses it. */
  giveBack(memory: SharedArrayBuffer, batch: number): void {
    this.#idle.push({ memory, batch });
    this.#pooledBytes += memory.byteLength;
    while (this.#pooledBytes > this.#capBytes) {
      const dropped = this.#idle.shift()?.memory.byteLength ?? 0;
      this.#pooledBytes -= dropped;
      this.#heldBytes -= dropped;
    }
  }

  /** Forgets every unused block. */
  clear(): void {
    this.#idle = [];
    this.#heldBytes -= this.#pooledBytes;
    this.#pooledBytes = 0;
  }

  get pooledBytes(): number {
    return this.#pooledBytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }
}
