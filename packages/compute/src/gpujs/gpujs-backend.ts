import { cpus } from 'node:os';
import { allocateShared } from '@efface/volume';
import {
  type Backend, type BackendInfo, type DeviceBuffer, type Dispatch, type DispatchTiming, SUB_BUFFER_ALIGNMENT,
} from '../backend.ts'; // prettier-ignore
import { bindBuffers, CpuDeviceBuffer } from '../cpu/cpu-buffer.ts';
import { cpuBufferOf, paddedBytes } from '../cpu/views.ts';
import { BackendUnavailableError, KernelError, KernelUnsupportedError } from '../errors.ts';
import type { CpuBuffer, Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import type { AdapterOptions } from '../webgpu/gpu.ts';
import { type GpuJsInstance, type GpuJsLibrary, type GpuJsMode, loadGpuJs } from './library.ts';
import { GpuJsPrograms } from './programs.ts';
import { lendWebGpu, returnWebGpu } from './webgpu-mode.ts';

/** How the gpu.js backend runs. */
export interface GpuJsBackendOptions extends AdapterOptions {
  /** Engine to use; default the one gpu.js takes for `new GPU()`. `webgpu` runs on the adapter of the WebGPU backend. */
  readonly gpuJsMode?: GpuJsMode;
}

/** Larger bindings are refused: as floats their values and results would pass what one WebAssembly memory holds. */
const MAX_BINDING_BYTES = 2 ** 29;

/** Names of the engines for people. */
const MODE_NAMES: Readonly<Record<GpuJsMode, string>> = {
  headlessgl: 'headless WebGL mode',
  webgl2: 'WebGL 2 mode',
  webgl: 'WebGL mode',
  webasm: 'WebAssembly mode, 1 thread',
  cpu: 'CPU mode (plain JavaScript), 1 thread',
  webgpu: 'WebGPU mode',
};

/**
 * Runs kernels that have a gpu.js form through gpu.js. It is there to be compared with: as a third opinion on results,
 * which comes from other people's compiler and from other formulas, and in the benchmark as the baseline a JavaScript
 * user would reach for. A launch is what such a user pays for: arguments handed over, threads run, results fetched and
 * written where they belong, on the calling thread. `info.name` says which engine gpu.js runs on. Throws
 * BackendUnavailableError when gpu.js or the engine asked for is not there.
 */
export async function createGpuJsBackend(options: GpuJsBackendOptions = {}): Promise<Backend> {
  const { gpuJsMode } = options;
  const library = await loadGpuJs();
  const adapter = gpuJsMode === 'webgpu' ? await lendWebGpu(options) : undefined;
  let gpu: GpuJsInstance;
  try {
    gpu = new library.GPU(gpuJsMode === undefined ? {} : { mode: gpuJsMode });
  } catch (error) {
    throw new BackendUnavailableError(`gpu.js ${library.version} has no ${gpuJsMode} mode here; use --backend cpu`, {
      cause: error,
    });
  }
  return new GpuJsBackend(library, gpu, adapter);
}

class GpuJsBackend implements Backend {
  readonly kind = 'gpujs';
  readonly info: BackendInfo;
  readonly maxBindingBytes: number;
  readonly #library: GpuJsLibrary;
  readonly #adapter: BackendInfo | undefined;
  readonly #programs: GpuJsPrograms;
  #recorded: (() => void | Promise<void>)[] = [];
  #tail: Promise<void> = Promise.resolve();
  #aliveBytes = 0;
  #peakBytes = 0;
  #timings: DispatchTiming[] | undefined;
  #isDisposed = false;

  constructor(library: GpuJsLibrary, gpu: GpuJsInstance, adapter: BackendInfo | undefined) {
    this.#library = library;
    this.#adapter = adapter;
    this.#programs = new GpuJsPrograms(library, gpu);
    this.info = infoOf(library, gpu, adapter);
    // Two bytes of a volume or a mask become a float.
    const limit = adapter?.limits['maxStorageBufferBindingSize'] ?? Infinity;
    this.maxBindingBytes = Math.min(MAX_BINDING_BYTES, limit / 2);
  }

  createBuffer(label: string, sizeBytes: number, init?: ArrayBufferView): DeviceBuffer {
    this.#assertUsable();
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0)
      throw new KernelError(`buffer ${label} cannot have ${sizeBytes} bytes`);
    if (init !== undefined && init.byteLength > sizeBytes)
      throw new KernelError(`buffer ${label} has ${sizeBytes} bytes, its contents ${init.byteLength}`);
    const buffer = new CpuDeviceBuffer(this, label, sizeBytes);
    const memory = allocateShared(buffer.paddedBytes);
    if (init !== undefined) new Uint8Array(memory).set(bytesOf(init));
    buffer.place(memory);
    this.#aliveBytes += buffer.paddedBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#aliveBytes);
    return buffer;
  }

  subBuffer(buffer: DeviceBuffer, offsetBytes: number, sizeBytes: number): DeviceBuffer {
    const parent = this.#own(buffer);
    if (offsetBytes % SUB_BUFFER_ALIGNMENT !== 0)
      throw new KernelError(`${buffer.label}: a sub-buffer starts at a multiple of 256 bytes, not at ${offsetBytes}`);
    parent.checkRange(offsetBytes, paddedBytes(sizeBytes));
    return new CpuDeviceBuffer(this, parent.label, sizeBytes, parent, offsetBytes);
  }

  write(buffer: DeviceBuffer, offsetBytes: number, data: ArrayBufferView): void {
    const to = this.#own(buffer);
    to.checkRange(offsetBytes, data.byteLength);
    const staged = bytesOf(data).slice();
    this.#recorded.push(() => viewsOf(to).u8.set(staged, offsetBytes));
  }

  clear(buffer: DeviceBuffer): void {
    const to = this.#own(buffer);
    this.#recorded.push(() => void viewsOf(to).u8.fill(0));
  }

  /** Throws KernelUnsupportedError for a kernel, or a variant of one, without a gpu.js form. */
  dispatch<P extends object, B extends string>(kernel: Kernel<P, B>, dispatch: Dispatch<P, B>): void {
    this.#assertUsable();
    const { gpujs: form, source } = kernel;
    const { params, constants, label } = resolveLaunch(kernel, dispatch);
    if (form === undefined) throw new KernelUnsupportedError(`${source.id} has no gpu.js form`);
    const misfit = form.misfit?.(constants);
    if (misfit !== undefined) throw new KernelUnsupportedError(`${label}: ${misfit}`);
    const bound = bindBuffers(source, dispatch.buffers, (buffer) => this.#own(buffer));
    const buffers = Object.fromEntries(
      Object.entries(bound).map(([name, buffer]) => [name, viewsOf(buffer)]),
    ) as Record<B, CpuBuffer>;
    const timings = this.#timings;
    this.#recorded.push(async () => {
      const begin = process.hrtime.bigint();
      // Now and not before: forms may look into buffers that earlier work writes.
      for (const pass of form.passes({ params, constants, buffers })) await this.#programs.run(label, pass);
      timings?.push({ label, timeNs: Number(process.hrtime.bigint() - begin) });
    });
  }

  flush(): Promise<void> {
    this.#assertUsable();
    const recorded = this.#recorded;
    this.#recorded = [];
    const run = this.#tail.then(async () => {
      for (const work of recorded) await work();
    });
    // A failed batch is reported to who submitted it; later ones still run.
    this.#tail = run.catch(() => undefined);
    return run;
  }

  async read(buffer: DeviceBuffer, offsetBytes = 0, sizeBytes?: number): Promise<SharedArrayBuffer> {
    const from = this.#own(buffer);
    const size = paddedBytes(sizeBytes ?? buffer.sizeBytes - offsetBytes);
    from.checkRange(offsetBytes, size);
    const to = allocateShared(size);
    this.#recorded.push(() => new Uint8Array(to).set(viewsOf(from).u8.subarray(offsetBytes, offsetBytes + size)));
    await this.flush();
    return to;
  }

  release(buffer: DeviceBuffer): void {
    const own = this.#own(buffer);
    if (own.parent !== undefined) throw new KernelError(`${own.label}: a sub-buffer is not released, its parent is`);
    own.isReleased = true;
    this.#aliveBytes -= own.paddedBytes;
  }

  memory(): { readonly aliveBytes: number; readonly pooledBytes: number; readonly peakBytes: number } {
    return { aliveBytes: this.#aliveBytes, pooledBytes: 0, peakBytes: this.#peakBytes };
  }

  startTimings(): void {
    this.#assertUsable();
    this.#timings = [];
  }

  async takeTimings(): Promise<DispatchTiming[]> {
    await this.flush();
    const timings = this.#timings ?? [];
    this.#timings = undefined;
    return timings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#tail;
    await this.#programs.dispose();
    if (this.#adapter !== undefined) await returnWebGpu(this.#library);
  }

  #own(buffer: DeviceBuffer): CpuDeviceBuffer {
    this.#assertUsable();
    if (!(buffer instanceof CpuDeviceBuffer) || buffer.owner !== this)
      throw new KernelError(`buffer ${buffer?.label} belongs to another backend`);
    if (buffer.root.isReleased) throw new KernelError(`buffer ${buffer.label} was released`);
    return buffer;
  }

  #assertUsable(): void {
    if (this.#isDisposed) throw new KernelError('the gpu.js backend was closed');
  }
}

/** The bytes of a buffer, which got its memory when it was made. */
function viewsOf(buffer: CpuDeviceBuffer): CpuBuffer {
  return cpuBufferOf(buffer.memory ?? new SharedArrayBuffer(0), buffer.offsetBytes, buffer.paddedBytes);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function infoOf({ version }: GpuJsLibrary, { mode }: GpuJsInstance, adapter: BackendInfo | undefined): BackendInfo {
  const isProcessor = mode === 'cpu' || mode === 'webasm';
  const name = `gpu.js ${version}, ${MODE_NAMES[mode] ?? mode}`;
  // The engine: what one machine has several of.
  const engine = { kind: 'gpujs', architecture: mode, features: [mode], limits: {} } as const;
  if (adapter !== undefined) return { ...adapter, ...engine, name: `${name}, ${adapter.name}` };
  return {
    ...engine,
    name,
    vendor: '',
    device: isProcessor ? (cpus()[0]?.model.trim() ?? 'unknown processor') : mode,
    driver: `Node.js ${process.version}`,
    threads: isProcessor ? 1 : 0,
  };
}
