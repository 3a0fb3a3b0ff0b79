import { allocateShared } from '@efface/volume';
import {
  type Backend,
  type BackendInfo,
  type DeviceBuffer,
  type Dispatch,
  type DispatchTiming,
  SUB_BUFFER_ALIGNMENT,
} from '../backend.ts';
import { DeviceLostError, DeviceMemoryError, KernelError } from '../errors.ts';
import { type Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import { type OpenDevice, openDevice } from './device.ts';
import { type AdapterOptions } from './gpu.ts';
import { ParamsArena } from './params.ts';
import { PipelineCache } from './pipelines.ts';
import { BufferPool } from './pool.ts';
import { TimestampRecorder } from './timestamps.ts';

/** How to open the WebGPU backend. */
export interface WebGpuBackendOptions extends AdapterOptions {
  /** Lowers the largest binding, to see that volumes are cut. */
  readonly maxBindingBytes?: number;
}

/** Workgroups along one dimension of a dispatch (WebGPU's default limit, kept on every device). */
const MAX_WORKGROUPS = 65_535;
/** Launches and bytes after which recorded work is submitted: short of any driver's watchdog, long enough to overlap. */
const SUBMIT_LAUNCHES = 64;
const SUBMIT_BYTES = 2 ** 31;

class GpuDeviceBuffer implements DeviceBuffer {
  readonly owner: Backend;
  readonly label: string;
  readonly sizeBytes: number;
  readonly buffer: GPUBuffer;
  readonly offsetBytes: number;
  readonly root: GpuDeviceBuffer;
  isReleased = false;

  constructor(
    owner: Backend,
    label: string,
    sizeBytes: number,
    buffer: GPUBuffer,
    parent?: GpuDeviceBuffer,
    offsetBytes = 0,
  ) {
    this.owner = owner;
    this.label = label;
    this.sizeBytes = sizeBytes;
    this.buffer = buffer;
    this.root = parent?.root ?? this;
    this.offsetBytes = (parent?.offsetBytes ?? 0) + offsetBytes;
  }

  get boundBytes(): number {
    return padded(this.sizeBytes);
  }
}

/** Bytes a binding of that size has: whole words, and 16 at least so that arrays of vec4 can be bound. */
function padded(sizeBytes: number): number {
  return Math.max(16, Math.ceil(sizeBytes / 4) * 4);
}

/** Workgroup counts of one dispatch for a total: x, then y, then z. Throws KernelError beyond 65 535³. */
export function foldWorkgroups(total: number, max = MAX_WORKGROUPS): readonly [number, number, number] {
  if (total <= max) return [total, 1, 1];
  const y = Math.ceil(total / max);
  // Nearly equal sides leave the fewest idle workgroups beyond the total.
  if (y <= max) return [Math.ceil(total / y), y, 1];
  const z = Math.ceil(total / (max * max));
  if (z > max) throw new KernelError(`${total} workgroups are more than ${max}³`);
  const perPlane = Math.ceil(total / z);
  const rows = Math.ceil(perPlane / max);
  return [Math.ceil(perPlane / rows), rows, z];
}

class WebGpuBackend implements Backend {
  readonly kind = 'webgpu';
  readonly info: BackendInfo;
  readonly maxBindingBytes: number;
  readonly #device: GPUDevice;
  /** Dawn's devices die with the object that made them. */
  #gpu: GPU | undefined;
  readonly #pool: BufferPool;
  readonly #arena: ParamsArena;
  readonly #pipelines: PipelineCache;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #launches = 0;
  #bytes = 0;
  #problems: Promise<KernelError | undefined>[] = [];
  #failure: Error | undefined;
  #timestamps: TimestampRecorder | undefined;
  #isDisposed = false;

  constructor({ gpu, device, info }: OpenDevice, options: WebGpuBackendOptions) {
    this.#gpu = gpu;
    this.#device = device;
    this.info = info;
    this.maxBindingBytes = Math.min(
      options.maxBindingBytes ?? Infinity,
      device.limits.maxStorageBufferBindingSize,
      device.limits.maxBufferSize,
    );
    this.#pool = new BufferPool(device);
    this.#arena = new ParamsArena(device);
    this.#pipelines = new PipelineCache(device, (problem) => this.#problems.push(problem));
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      this.#failure ??=
        error instanceof GPUOutOfMemoryError
          ? new DeviceMemoryError(`${info.name}: ${error.message}`)
          : new KernelError(error.message);
    });
    void device.lost.then(({ reason, message }) => {
      if (reason !== 'destroyed' || !this.#isDisposed)
        this.#failure = new DeviceLostError(`${info.name} was lost: ${message}`);
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
        `${label} needs ${sizeBytes} bytes in one piece, ${this.info.name} binds at most ${this.maxBindingBytes}; use --backend cpu`,
      );
    const { buffer, isNew } = this.#pool.acquire(label, padded(sizeBytes));
    // Pooled buffers come from work that was submitted, so a queue write cannot overtake recorded work that needs them.
    if (init) this.#upload(buffer, 0, init);
    if (!isNew) {
      const used = init ? Math.ceil(init.byteLength / 4) * 4 : 0;
      if (used < buffer.size) this.#commands().clearBuffer(buffer, used);
    }
    return new GpuDeviceBuffer(this, label, sizeBytes, buffer);
  }

  subBuffer(buffer: DeviceBuffer, offsetBytes: number, sizeBytes: number): DeviceBuffer {
    const parent = this.#own(buffer);
    if (offsetBytes % SUB_BUFFER_ALIGNMENT !== 0)
      throw new KernelError(
        `${buffer.label}: a sub-buffer starts at a multiple of ${SUB_BUFFER_ALIGNMENT} bytes, not at ${offsetBytes}`,
      );
    this.#checkRange(parent, offsetBytes, Math.ceil(sizeBytes / 4) * 4);
    return new GpuDeviceBuffer(this, parent.label, sizeBytes, parent.buffer, parent, offsetBytes);
  }

  write(buffer: DeviceBuffer, offsetBytes: number, data: ArrayBufferView): void {
    const target = this.#own(buffer);
    this.#checkRange(target, offsetBytes, data.byteLength);
    // Queue writes happen before everything that is submitted later: what is recorded must go first.
    this.#submit();
    this.#upload(target.buffer, target.offsetBytes + offsetBytes, data);
  }

  clear(buffer: DeviceBuffer): void {
    const { buffer: gpuBuffer, offsetBytes, boundBytes, root } = this.#own(buffer);
    this.#commands().clearBuffer(gpuBuffer, offsetBytes, Math.min(boundBytes, root.boundBytes - offsetBytes));
  }

  dispatch<P extends object, B extends string>(kernel: Kernel<P, B>, dispatch: Dispatch<P, B>): void {
    this.#assertUsable();
    const launch = resolveLaunch(kernel, dispatch);
    const { source } = kernel;
    const { pipeline, layout } = this.#pipelines.get(kernel, launch);
    if (!this.#arena.fits(source.paramsSizeBytes)) this.#submit();
    const paramsOffset = this.#arena.add(source.params, source.paramsSizeBytes, launch.params as never);
    const bindGroup = this.#device.createBindGroup({
      label: launch.label,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.#arena.buffer, size: source.paramsSizeBytes } },
        ...source.bindings.map(({ name, binding }) => {
          const bound = this.#own(dispatch.buffers[name as B]);
          return { binding, resource: { buffer: bound.buffer, offset: bound.offsetBytes, size: bound.boundBytes } };
        }),
      ],
    });
    const pass = this.#computePass(launch.label);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup, [paramsOffset]);
    pass.dispatchWorkgroups(...foldWorkgroups(kernel.workgroups(launch.params, launch.constants)));
    if (this.#timestamps) this.#endPass();
    const cost = kernel.cost(launch.params, launch.constants);
    this.#launches++;
    this.#bytes += cost.readBytes + cost.writeBytes;
    if (this.#launches >= SUBMIT_LAUNCHES || this.#bytes >= SUBMIT_BYTES) this.#submit();
  }

  async flush(): Promise<void> {
    this.#submit();
    await this.#device.queue.onSubmittedWorkDone();
    await this.#throwProblems();
  }

  async read(buffer: DeviceBuffer, offsetBytes = 0, sizeBytes?: number): Promise<SharedArrayBuffer> {
    const source = this.#own(buffer);
    const wanted = Math.ceil((sizeBytes ?? source.sizeBytes - offsetBytes) / 4) * 4;
    if (offsetBytes % 4 !== 0)
      throw new KernelError(`${buffer.label}: reads start at whole words, not at ${offsetBytes}`);
    this.#checkRange(source, offsetBytes, wanted);
    const staging = this.#device.createBuffer({
      label: `${buffer.label}/read`,
      size: wanted,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      this.#commands().copyBufferToBuffer(source.buffer, source.offsetBytes + offsetBytes, staging, 0, wanted);
      this.#submit();
      try {
        await staging.mapAsync(GPUMapMode.READ);
      } catch (error) {
        await this.#throwProblems();
        throw this.#failure ?? new DeviceLostError(`${buffer.label} could not be read back`, { cause: error });
      }
      await this.#throwProblems();
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
    this.#gpu = undefined;
  }

  #assertUsable(): void {
    if (this.#isDisposed || this.#gpu === undefined) throw new KernelError('the WebGPU backend has been closed');
    if (this.#failure instanceof DeviceLostError) throw this.#failure;
  }

  #own(buffer: DeviceBuffer | undefined): GpuDeviceBuffer {
    if (!(buffer instanceof GpuDeviceBuffer) || buffer.owner !== this)
      throw new KernelError(`buffer ${buffer?.label ?? 'undefined'} belongs to another backend`);
    if (buffer.root.isReleased) throw new KernelError(`buffer ${buffer.label} has been released`);
    return buffer;
  }

  #checkRange(buffer: GpuDeviceBuffer, offsetBytes: number, sizeBytes: number): void {
    if (offsetBytes < 0 || sizeBytes < 0 || offsetBytes + sizeBytes > buffer.boundBytes)
      throw new KernelError(
        `${buffer.label} has ${buffer.sizeBytes} bytes; ${offsetBytes}…${offsetBytes + sizeBytes} are not inside`,
      );
  }

  #upload(buffer: GPUBuffer, offsetBytes: number, data: ArrayBufferView): void {
    const wholeWords = Math.floor(data.byteLength / 4) * 4;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>;
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
      this.#problems.push(
        this.#device.popErrorScope().then((error) => (error ? new KernelError(error.message) : undefined)),
      );
      this.#encoder = undefined;
    }
    this.#launches = 0;
    this.#bytes = 0;
    this.#pool.recycle();
  }

  /** Throws the first thing that went wrong since the last call; the cause of a shader comes before its consequences. */
  async #throwProblems(): Promise<void> {
    const problems = await Promise.all(this.#problems.splice(0));
    const failure = this.#failure;
    if (!(failure instanceof DeviceLostError)) this.#failure = undefined;
    const first = problems.find((problem) => problem !== undefined) ?? failure;
    if (first) throw first;
  }
}

/** Opens the WebGPU backend. Throws BackendUnavailableError saying what is missing and how to get it. */
export async function createWebGpuBackend(options: WebGpuBackendOptions = {}): Promise<Backend> {
  return new WebGpuBackend(await openDevice(options), options);
}
