/** Buffers above this are made to measure and given back to the driver: rounding them up would waste too much. */
const LARGEST_POOLED_BYTES = 16 * 2 ** 20;
/** What the pool may hold for later. */
const POOL_CAP_BYTES = 256 * 2 ** 20;

/** Size rounded up to two classes per octave (2ⁿ and 1.5·2ⁿ), at least 256 bytes. */
export function sizeClass(sizeBytes: number): number {
  const size = Math.max(256, Math.ceil(sizeBytes / 4) * 4);
  if (size > LARGEST_POOLED_BYTES) return size;
  const octave = 2 ** Math.floor(Math.log2(size));
  if (size === octave) return octave;
  return size <= 1.5 * octave ? 1.5 * octave : 2 * octave;
}

/**
 * Storage buffers by size class. `retire` only queues a buffer: recorded work may still use it. `recycle`, called after
 * the submit, makes retired ones available.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  #retired: GPUBuffer[] = [];
  #waitingBytes = 0;
  #pooledBytes = 0;
  #aliveBytes = 0;
  #peakBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer of at least `sizeBytes`, and whether it is new (hence zeroed). */
  acquire(label: string, sizeBytes: number): { readonly buffer: GPUBuffer; readonly isNew: boolean } {
    const size = sizeClass(sizeBytes);
    const pooled = this.#free.get(size)?.pop();
    if (pooled) this.#pooledBytes -= size;
    const buffer =
      pooled ??
      this.#device.createBuffer({
        label,
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      });
    buffer.label = label;
    this.#aliveBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#aliveBytes + this.#waitingBytes + this.#pooledBytes);
    return { buffer, isNew: !pooled };
  }

  /** Bytes of retired buffers that recorded work may still use. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The owner is done with the buffer; work that is recorded is not. */
  retire(buffer: GPUBuffer): void {
    this.#aliveBytes -= buffer.size;
    this.#waitingBytes += buffer.size;
    this.#retired.push(buffer);
  }

  /** The recorded work has been submitted: retired buffers are free, or destroyed when too large to keep. */
  recycle(): void {
    for (const buffer of this.#retired) {
      if (buffer.size > LARGEST_POOLED_BYTES || this.#pooledBytes + buffer.size > POOL_CAP_BYTES) {
        buffer.destroy();
        continue;
      }
      const list = this.#free.get(buffer.size) ?? [];
      list.push(buffer);
      this.#free.set(buffer.size, list);
      this.#pooledBytes += buffer.size;
    }
    this.#retired = [];
    this.#waitingBytes = 0;
  }

  /** See Backend.memory. */
  memory(): { readonly aliveBytes: number; readonly pooledBytes: number; readonly peakBytes: number } {
    return { aliveBytes: this.#aliveBytes, pooledBytes: this.#pooledBytes, peakBytes: this.#peakBytes };
  }
}
