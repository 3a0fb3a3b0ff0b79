import { allocateShared } from '@efface/volume';
import { type Backend, type BackendInfo, type DeviceBuffer, type Dispatch, type DispatchTiming } from '../backend.ts';
import { DeviceLostError, DeviceMemoryError, KernelError } from '../errors.ts';
import { type Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import { type OpenDevice, openDevice } from './device.ts';
import { foldWorkgroups } from './fold.ts';
import { type AdapterOptions } from './gpu.ts';
import { allocatedBytes, GpuDeviceBuffer } from './gpu-buffer.ts';
import { ParamsArena } from './params.ts';
import { PipelineCache } from './pipelines.ts';
import { BufferPool } from './pool.ts';
import { TimestampRecorder } from './timestamps.ts';

/** How to open the WebGPU backend. */
export interface WebGpuBackendOptions extends AdapterOptions {
  /** Lowers the largest binding, to see that volumes are cut. */
  readonly maxBindingBytes?: number;
}

/**
 * Launches, bytes and operations after which recorded work is submitted: short of any driver's watchdog (2 s on
 * Windows) even on a slow device, long enough that the device does not wait for the next submit.
 */
const SUBMIT_LAUNCHES = 64;
const SUBMIT_BYTES = 2 ** 31;
const SUBMIT_FLOPS = 2 ** 36;

/** Released bytes that wait for a submit before one is made for their sake. */
const MAX_WAITING_BYTES = 2 ** 28;

/** The WebGPU backend on a device that is already open. */
export class WebGpuBackend implements Backend {
  readonly kind = 'webgpu';
  readonly info: BackendInfo;
  readonly maxBindingBytes: number;
  readonly #device: GPUDevice;
  readonly #pool: BufferPool;
  readonly #arena: ParamsArena;
  readonly #pipelines: PipelineCache;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #launches = 0;
  #bytes = 0;
  #flops = 0;
  #problems: Promise<Error | undefined>[] = [];
  #uncaptured: Error | undefined;
  #lost: DeviceLostError | undefined;
  #timestamps: TimestampRecorder | undefined;
  #isDisposed = false;

  constructor({ device, info }: OpenDevice, options: WebGpuBackendOptions = {}) {
    this.#device = device;
    this.info = info;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.maxBindingBytes = Math.min(options.maxBindingBytes ?? Infinity, maxStorageBufferBindingSize, maxBufferSize);
    this.#pool = new BufferPool(device);
    this.#arena = new ParamsArena(device);
    this.#pipelines = new PipelineCache(device, (problem) => this.#watch(problem));
    device.addEventListener('uncapturederror', (event) => {
      // It is thrown by the next flush or read; Dawn need not print it.
      event.preventDefault();
      this.#uncaptured ??= this.#errorOf(event.error);
    });
    void device.lost.then(({ message }) => {
      if (!this.#isDisposed) this.#lost = new DeviceLostError(`${info.name} was lost: ${message}`);
    });
  }

  createBuffer(label: string, sizeBytes: number, init?: ArrayBufferView): DeviceBuffer {
    this.#assertUsable();
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0)
      throw new KernelError(`buffer ${label} cannot have ${sizeBytes} bytes`);
    if (init && init.byteLength > sizeBytes)
      throw new KernelError(`buffer ${label} has ${sizeBytes} bytes, its contents ${init.byteLength}`);
    if (sizeBytes > this.maxBindingBytes)
      throw new DeviceMemoryError(
        `${label} needs ${sizeBytes} bytes in one piece, ${this.info.name} binds at most ${this.maxBindingBytes}; ` +
          'use --backend cpu',
      );
    const { buffer, isNew } = this.#pool.acquire(label, allocatedBytes(sizeBytes));
    // Pooled buffers come from work that was submitted, so a queue write cannot overtake recorded work that needs them.
    if (init) this.#upload(buffer, 0, init);
    if (!isNew) {
      const used = init ? Math.ceil(init.byteLength / 4) * 4 : 0;
      if (used < buffer.size) this.#commands().clearBuffer(buffer, used);
    }
    return new GpuDeviceBuffer(this, label, sizeBytes, buffer);
  }

  subBuffer(buffer: DeviceBuffer, offsetBytes: number, sizeBytes: number): DeviceBuffer {
    return this.#own(buffer).part(offsetBytes, sizeBytes);
  }

  write(buffer: DeviceBuffer, offsetBytes: number, data: ArrayBufferView): void {
    const target = this.#own(buffer);
    target.checkRange(offsetBytes, data.byteLength);
    if (data.byteLength % 4 !== 0 && offsetBytes + data.byteLength !== target.sizeBytes)
      throw new KernelError(`${data.byteLength} bytes written to ${target.label} end inside a word and not at its end`);
    // Queue writes happen before everything that is submitted later: what is recorded must go first.
    this.#submit();
    this.#upload(target.buffer, target.offsetBytes + offsetBytes, data);
  }

  clear(buffer: DeviceBuffer): void {
    const own = this.#own(buffer);
    this.#commands().clearBuffer(own.buffer, own.offsetBytes, own.wordBytes);
  }

  dispatch<P extends object, B extends string>(kernel: Kernel<P, B>, dispatch: Dispatch<P, B>): void {
    this.#assertUsable();
    const launch = resolveLaunch(kernel, dispatch);
    const { source } = kernel;
    const bound = source.bindings.map((binding) => ({
      ...binding,
      own: this.#own(dispatch.buffers[binding.name as B]),
    }));
    checkAliasing(source.id, bound);
    const workgroups = foldWorkgroups(kernel.workgroups(launch.params, launch.constants));
    const { pipeline, layout } = this.#pipelines.get(kernel, launch);
    if (!this.#arena.fits(source.paramsSizeBytes)) this.#submit();
    const paramsOffset = this.#arena.add(source.params, source.paramsSizeBytes, launch.params as never);
    const bindGroup = this.#device.createBindGroup({
      label: launch.label,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.#arena.buffer, size: source.paramsSizeBytes } },
        ...bound.map(({ binding, own: { buffer, offsetBytes, boundBytes } }) => ({
          binding,
          resource: { buffer, offset: offsetBytes, size: boundBytes },
        })),
      ],
    });
    const pass = this.#computePass(launch.label);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup, [paramsOffset]);
    pass.dispatchWorkgroups(...workgroups);
    // A pass has one pair of timestamps.
    if (this.#timestamps) this.#endPass();
    const cost = kernel.cost(launch.params, launch.constants);
    this.#launches++;
    this.#bytes += cost.readBytes + cost.writeBytes;
    this.#flops += cost.flops;
    if (this.#launches >= SUBMIT_LAUNCHES || this.#bytes >= SUBMIT_BYTES || this.#flops >= SUBMIT_FLOPS) this.#submit();
  }

  async flush(): Promise<void> {
    this.#submit();
    await this.#throwProblems(this.#device.queue.onSubmittedWorkDone());
  }

  async read(buffer: DeviceBuffer, offsetBytes = 0, sizeBytes?: number): Promise<SharedArrayBuffer> {
    const source = this.#own(buffer);
    const wanted = Math.ceil((sizeBytes ?? source.sizeBytes - offsetBytes) / 4) * 4;
    source.checkRange(offsetBytes, wanted);
    const staging = this.#device.createBuffer({
      label: `${buffer.label}/read`,
      size: wanted,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      this.#commands().copyBufferToBuffer(source.buffer, source.offsetBytes + offsetBytes, staging, 0, wanted);
      this.#submit();
      await this.#throwProblems(staging.mapAsync(GPUMapMode.READ));
      const copy = allocateShared(wanted);
      new Uint8Array(copy).set(new Uint8Array(staging.getMappedRange()));
      return copy;
    } finally {
      staging.destroy();
    }
  }

  release(buffer: DeviceBuffer): void {
    const own = this.#own(buffer);
    if (own.root !== own) throw new KernelError(`${buffer.label}: a part of a buffer is not released, its parent is`);
    own.isReleased = true;
    this.#pool.retire(own.buffer);
    if (this.#pool.waitingBytes > MAX_WAITING_BYTES) this.#submit();
  }

  memory(): { readonly aliveBytes: number; readonly pooledBytes: number; readonly peakBytes: number } {
    return this.#pool.memory();
  }

  startTimings(): void {
    this.#submit();
    if (this.#device.features.has('timestamp-query')) this.#timestamps = new TimestampRecorder(this.#device);
  }

  async takeTimings(): Promise<DispatchTiming[]> {
    await this.flush();
    const timings = (await this.#timestamps?.take()) ?? [];
    this.#timestamps = undefined;
    return timings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#device.destroy();
    await this.#device.lost;
    await Promise.allSettled(this.#problems);
  }

  #assertUsable(): void {
    if (this.#isDisposed) throw new KernelError('the WebGPU backend has been closed');
    if (this.#lost) throw this.#lost;
  }

  #own(buffer: DeviceBuffer | undefined): GpuDeviceBuffer {
    this.#assertUsable();
    if (!(buffer instanceof GpuDeviceBuffer) || buffer.owner !== this)
      throw new KernelError(`buffer ${buffer?.label ?? 'undefined'} belongs to another backend`);
    if (buffer.root.isReleased) throw new KernelError(`buffer ${buffer.label} was released`);
    return buffer;
  }

  #upload(buffer: GPUBuffer, offsetBytes: number, data: ArrayBufferView): void {
    const wholeWords = Math.floor(data.byteLength / 4) * 4;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    if (wholeWords > 0) this.#device.queue.writeBuffer(buffer, offsetBytes, bytes, 0, wholeWords);
    if (wholeWords < data.byteLength) {
      const rest = new Uint8Array(4);
      rest.set(bytes.subarray(wholeWords));
      this.#device.queue.writeBuffer(buffer, offsetBytes + wholeWords, rest);
    }
  }

  /** The encoder outside any pass. */
  #commands(): GPUCommandEncoder {
    this.#assertUsable();
    this.#endPass();
    return (this.#encoder ??= this.#device.createCommandEncoder());
  }

  #computePass(label: string): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    const timestampWrites = this.#timestamps?.next(label);
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#pass = this.#encoder.beginComputePass(timestampWrites ? { label, timestampWrites } : { label });
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #submit(): void {
    this.#assertUsable();
    this.#endPass();
    if (this.#encoder) {
      this.#device.pushErrorScope('validation');
      this.#arena.upload();
      this.#device.queue.submit([this.#encoder.finish()]);
      this.#watch(this.#device.popErrorScope().then((error) => error && this.#errorOf(error)));
      this.#encoder = undefined;
    }
    this.#launches = this.#bytes = this.#flops = 0;
    this.#pool.recycle();
  }

  #errorOf(error: GPUError): Error {
    return error instanceof GPUOutOfMemoryError
      ? new DeviceMemoryError(`${this.info.name} is out of memory: ${error.message.trim()}; use --backend cpu`)
      : new KernelError(error.message.trim());
  }

  /** Keeps what the device will say for the next `#throwProblems`. A scope that dies with its device says nothing. */
  #watch(problem: Promise<Error | null | undefined>): void {
    this.#problems.push(
      problem.then(
        (error) => error ?? undefined,
        () => undefined,
      ),
    );
  }

  /**
   * Waits for the device and throws what went wrong since the last call. A lost device and missing memory make
   * everything after them invalid too, so they are named first; of the rest the earliest.
   */
  async #throwProblems(work: Promise<unknown>): Promise<void> {
    const failed = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    const problems = (await Promise.all(this.#problems.splice(0))).filter((problem) => problem !== undefined);
    const uncaptured = this.#uncaptured;
    this.#uncaptured = undefined;
    if (this.#lost) throw this.#lost;
    if (uncaptured instanceof DeviceMemoryError) throw uncaptured;
    const [first = uncaptured] = problems;
    if (first) throw first;
    if (failed !== undefined) throw new DeviceLostError(`${this.info.name} stopped working`, { cause: failed });
  }
}

/** WebGPU forbids reading and writing one buffer in one launch, even in separate parts of it. */
function checkAliasing(
  id: string,
  bound: readonly { readonly name: string; readonly access: string; readonly own: GpuDeviceBuffer }[],
): void {
  for (const [n, { name, access, own }] of bound.entries()) {
    for (const other of bound.slice(0, n)) {
      if (other.own.root === own.root && (access !== 'read' || other.access !== 'read'))
        throw new KernelError(
          `${id}: ${other.name} and ${name} are bound to one buffer, ${own.label}, and one is written`,
        );
    }
  }
}

/** Opens the WebGPU backend. Throws BackendUnavailableError saying what is missing and how to get it. */
export async function createWebGpuBackend(options: WebGpuBackendOptions = {}): Promise<Backend> {
  return new WebGpuBackend(await openDevice(options), options);
}
