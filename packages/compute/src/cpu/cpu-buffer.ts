import type { Backend, DeviceBuffer } from '../backend.ts';
import { KernelError } from '../errors.ts';
import type { ShaderSource } from '../kernel.ts';
import { paddedBytes } from './views.ts';

/**
 * A buffer of the CPU backend. Its memory is found when the first work on it is planned, so that memory released by
 * earlier work of the same recording can serve it.
 */
export class CpuDeviceBuffer implements DeviceBuffer {
  readonly owner: Backend;
  readonly label: string;
  readonly sizeBytes: number;
  readonly parent: CpuDeviceBuffer | undefined;
  isReleased = false;
  readonly #parentOffsetBytes: number;
  #memory: SharedArrayBuffer | undefined;
  #offsetBytes = 0;
  #isShared = false;

  constructor(owner: Backend, label: string, sizeBytes: number, parent?: CpuDeviceBuffer, parentOffsetBytes = 0) {
    this.owner = owner;
    this.label = label;
    this.sizeBytes = sizeBytes;
    this.parent = parent;
    this.#parentOffsetBytes = parentOffsetBytes;
  }

  get paddedBytes(): number {
    return paddedBytes(this.sizeBytes);
  }

  /** The buffer that owns the memory. */
  get root(): CpuDeviceBuffer {
    return this.parent?.root ?? this;
  }

  /** Memory of the root, once it has some. */
  get memory(): SharedArrayBuffer | undefined {
    return this.root.#memory;
  }

  /** Where the bytes start in the memory. */
  get offsetBytes(): number {
    return this.parent === undefined ? this.#offsetBytes : this.parent.offsetBytes + this.#parentOffsetBytes;
  }

  /** True when the memory is the caller's own: it is never written and never pooled. */
  get isShared(): boolean {
    return this.root.#isShared;
  }

  /** Gives the buffer its memory. */
  place(memory: SharedArrayBuffer): void {
    this.#memory = memory;
  }

  /**
   * Takes over the caller's memory when that is possible: shared, aligned to words, all of the buffer's words, and whole
   * words or padded up to the end of the block (as `allocateVoxels` does).
   */
  share(init: ArrayBufferView): boolean {
    const { buffer, byteOffset, byteLength } = init;
    if (!(buffer instanceof SharedArrayBuffer) || byteOffset % 4 !== 0 || paddedBytes(byteLength) !== this.paddedBytes)
      return false;
    const end = byteOffset + this.paddedBytes;
    if (byteLength % 4 !== 0 && end !== buffer.byteLength) return false;
    this.#memory = buffer;
    this.#offsetBytes = byteOffset;
    this.#isShared = true;
    return true;
  }

  /** This buffer; throws KernelError when its memory belongs to the caller. */
  writable(what: string): this {
    if (this.isShared)
      throw new KernelError(`buffer ${this.label} shares memory with the data it was made from and cannot ${what}`);
    return this;
  }

  /** Throws KernelError unless the range lies inside and starts at a whole word. */
  checkRange(offsetBytes: number, sizeBytes: number): void {
    if (offsetBytes < 0 || offsetBytes % 4 !== 0 || !(sizeBytes >= 0) || offsetBytes + sizeBytes > this.paddedBytes)
      throw new KernelError(
        `buffer ${this.label} has ${this.sizeBytes} bytes; ${sizeBytes} bytes from ${offsetBytes} are not in it`,
      );
  }

  /** True when the two share bytes. */
  overlaps(other: CpuDeviceBuffer): boolean {
    if (this.root !== other.root) return false;
    return (
      this.offsetBytes < other.offsetBytes + other.paddedBytes &&
      other.offsetBytes < this.offsetBytes + this.paddedBytes
    );
  }
}

/**
 * The buffers of a launch by binding. Throws KernelError when one that is written is bound twice, even in part, or
 * belongs to the caller.
 */
export function bindBuffers<P extends object, B extends string>(
  { id, bindings }: ShaderSource<P, B>,
  given: Readonly<Record<B, DeviceBuffer>>,
  own: (buffer: DeviceBuffer) => CpuDeviceBuffer,
): Record<string, CpuDeviceBuffer> {
  const buffers: Record<string, CpuDeviceBuffer> = {};
  for (const { name, access } of bindings) {
    const buffer = own(given[name as B]);
    buffers[name] = access === 'read' ? buffer : buffer.writable(`be bound to ${id}/${name}, which is written`);
    for (const other of bindings) {
      if (other.name in buffers && other.name !== name && (access !== 'read' || other.access !== 'read')) {
        if (buffer.overlaps(buffers[other.name]))
          throw new KernelError(`${id}: bindings ${other.name} and ${name} overlap in ${buffer.label}`);
      }
    }
  }
  return buffers;
}
