import { type Backend, type DeviceBuffer, SUB_BUFFER_ALIGNMENT } from '../backend.ts';
import { KernelError } from '../errors.ts';

/** Bindings hold whole vec4s, so that arrays of them can be bound whatever the size. */
const GRANULE_BYTES = 16;

/** Bytes a binding of that size has. */
export function paddedBytes(sizeBytes: number): number {
  return Math.max(GRANULE_BYTES, Math.ceil(sizeBytes / 4) * 4);
}

/** Bytes to allocate for a buffer: a part of it at its very end can be bound too. */
export function allocatedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / GRANULE_BYTES) * GRANULE_BYTES;
}

/** A buffer of the WebGPU backend, or a part of one. */
export class GpuDeviceBuffer implements DeviceBuffer {
  readonly owner: Backend;
  readonly label: string;
  readonly sizeBytes: number;
  readonly buffer: GPUBuffer;
  /** From the start of `buffer`. */
  readonly offsetBytes: number;
  /** The buffer that owns the memory. */
  readonly root: GpuDeviceBuffer;
  isReleased = false;

  constructor(
    owner: Backend,
    label: string,
    sizeBytes: number,
    buffer: GPUBuffer,
    root?: GpuDeviceBuffer,
    offsetBytes = 0,
  ) {
    this.owner = owner;
    this.label = label;
    this.sizeBytes = sizeBytes;
    this.buffer = buffer;
    this.root = root ?? this;
    this.offsetBytes = offsetBytes;
  }

  /** See Backend.subBuffer. */
  part(offsetBytes: number, sizeBytes: number): GpuDeviceBuffer {
    if (offsetBytes % SUB_BUFFER_ALIGNMENT !== 0)
      throw new KernelError(
        `${this.label}: a sub-buffer starts at a multiple of ${SUB_BUFFER_ALIGNMENT} bytes, not at ${offsetBytes}`,
      );
    this.checkRange(offsetBytes, Math.ceil(sizeBytes / 4) * 4);
    return new GpuDeviceBuffer(
      this.owner,
      this.label,
      sizeBytes,
      this.buffer,
      this.root,
      this.offsetBytes + offsetBytes,
    );
  }

  /** Bytes a shader sees. */
  get boundBytes(): number {
    return paddedBytes(this.sizeBytes);
  }

  /** Whole words of the buffer. */
  get wordBytes(): number {
    return Math.ceil(this.sizeBytes / 4) * 4;
  }

  /** Throws KernelError unless the range lies inside and starts at a whole word. */
  checkRange(offsetBytes: number, sizeBytes: number): void {
    if (offsetBytes < 0 || offsetBytes % 4 !== 0 || !(sizeBytes >= 0) || offsetBytes + sizeBytes > this.wordBytes)
      throw new KernelError(
        `buffer ${this.label} has ${this.sizeBytes} bytes; ${sizeBytes} bytes from ${offsetBytes} are not in it`,
      );
  }
}
