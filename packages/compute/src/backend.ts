import type { Kernel, ParamValues } from './kernel.ts';

/** Where kernels run. `gpujs` runs those that have a gpu.js form: it is there to be compared with. */
export type BackendKind = 'webgpu' | 'cpu' | 'gpujs';

/** What a backend runs on, for records and `efface doctor`. */
export interface BackendInfo {
  readonly kind: BackendKind;
  /** One line for people: adapter and driver, or CPU model and threads. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly driver: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Threads that compute; 0 on a GPU. */
  readonly threads: number;
}

/** A block of device memory. Opaque; made by one backend and good for that backend only. */
export interface DeviceBuffer {
  readonly label: string;
  readonly sizeBytes: number;
}

/** Bytes a sub-buffer's offset is a multiple of: the largest storage offset alignment a WebGPU device may ask for. */
export const SUB_BUFFER_ALIGNMENT = 256;

/** One kernel launch. */
export interface Dispatch<P extends object, B extends string> {
  readonly params: P & ParamValues;
  /** Override values that differ from the defaults (variant constants and tuning). */
  readonly constants?: Readonly<Record<string, number>>;
  /** A buffer that is written, or any part of it, is bound once only: WebGPU forbids more, even for separate parts. */
  readonly buffers: Readonly<Record<B, DeviceBuffer>>;
}

/** Time of one dispatch when timing is on. */
export interface DispatchTiming {
  /** `<kernel-id>#<variant>`. */
  readonly label: string;
  readonly timeNs: number;
}

/**
 * Runs kernels. Calls record work in order; `flush` and `read` submit it. A released buffer is used by what was
 * recorded before the release and returns to the pool after that work is submitted, so that use-after-free cannot be
 * written. Buffers keep their contents between dispatches; volumes stay on the device until read.
 */
export interface Backend extends AsyncDisposable {
  readonly kind: BackendKind;
  readonly info: BackendInfo;
  /** Largest buffer one binding can hold, bytes. Larger volumes are cut into chunks (see DeviceVolume). */
  readonly maxBindingBytes: number;
  /**
   * New buffer, zeroed when `init` is absent, else holding a copy of `init` padded to 4 bytes. The CPU backend shares
   * memory with `init` instead of copying when it lies in a SharedArrayBuffer (4-byte aligned); kernels then must only
   * read it.
   */
  createBuffer(label: string, sizeBytes: number, init?: ArrayBufferView): DeviceBuffer;
  /** Overwrites bytes from `offsetBytes` (multiple of 4) with `data` (whole words, or up to the end), in recorded order. */
  write(buffer: DeviceBuffer, offsetBytes: number, data: ArrayBufferView): void;
  /** Sets every byte to 0, in recorded order. */
  clear(buffer: DeviceBuffer): void;
  /**
   * Part of a buffer as a buffer of its own: `offsetBytes` a multiple of SUB_BUFFER_ALIGNMENT, the end inside the
   * parent. It shares the parent's bytes, lives as long as the parent and is never released itself.
   */
  subBuffer(buffer: DeviceBuffer, offsetBytes: number, sizeBytes: number): DeviceBuffer;
  /**
   * Records one launch. Throws KernelError when buffers or constants do not fit the kernel, KernelUnsupportedError on
   * `gpujs` for a kernel without a gpu.js form.
   */
  dispatch<P extends object, B extends string>(kernel: Kernel<P, B>, dispatch: Dispatch<P, B>): void;
  /** Submits what is recorded and resolves when it is done. */
  flush(): Promise<void>;
  /** Submits what is recorded and resolves to a copy of the bytes (a SharedArrayBuffer, size rounded up to 4). */
  read(buffer: DeviceBuffer, offsetBytes?: number, sizeBytes?: number): Promise<SharedArrayBuffer>;
  /** Gives the buffer back after the recorded work. */
  release(buffer: DeviceBuffer): void;
  /** Bytes alive and pooled now and the peak: tests assert that nothing alive is left. */
  memory(): { readonly aliveBytes: number; readonly pooledBytes: number; readonly peakBytes: number };
  /** Starts collecting one timing per dispatch (off by default, zero cost when off). */
  startTimings(): void;
  /** Submits, stops collecting, returns the timings in dispatch order; none where the device has no clock. */
  takeTimings(): Promise<DispatchTiming[]>;
}
