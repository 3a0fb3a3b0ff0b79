import { constants as bufferConstants } from 'node:buffer';
import { arch, availableParallelism, cpus } from 'node:os';
import { allocateShared } from '@efface/volume';
import {
  type Backend, type BackendInfo, type DeviceBuffer, type Dispatch, type DispatchTiming, SUB_BUFFER_ALIGNMENT,
} from '../backend.ts'; // prettier-ignore
import { KernelError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import { type Batch, runBatch } from './batch.ts';
import { bindBuffers, CpuDeviceBuffer } from './cpu-buffer.ts';
import { MemoryPool } from './memory.ts';
import { BatchPlan, type Recorded, type SlabPolicy } from './plan.ts';
import { paddedBytes } from './views.ts';
import { twinError, WorkerPool } from './worker-pool.ts';
import type { KernelRegistry } from './worker.ts';

/** How the CPU backend runs. */
export interface CpuBackendOptions {
  /** Entry file of the workers; it calls `serveCpuWorker(registry)`. */
  readonly workerUrl: URL;
  /** The kernels the workers know. */
  readonly registry: KernelRegistry;
  /** Worker threads; default one for each core the process may use. 0 runs everything on the calling thread. */
  readonly threads?: number;
  /** Start the threads at once, while the caller still reads its input; default with the first work that needs them. */
  readonly startsEarly?: boolean;
  /** Work estimated below this runs on the calling thread at once: waking workers costs more. Default 300 000. */
  readonly inlineBelowNs?: number;
  /** Estimated work of the smallest slab. Default 50 000; 0 cuts as finely as the balance allows. */
  readonly slabNs?: number;
  /** Unused memory kept for reuse, bytes. Default 512 MiB. */
  readonly poolBytes?: number;
}

/** Runs twins on worker threads that share memory with the caller. Throws RangeError for an impossible option. */
export function createCpuBackend(options: CpuBackendOptions): Backend {
  return new CpuBackend(options);
}

class CpuBackend implements Backend {
  readonly kind = 'cpu';
  readonly info: BackendInfo;
  readonly maxBindingBytes = bufferConstants.MAX_LENGTH;
  readonly #registry: KernelRegistry;
  readonly #policy: SlabPolicy;
  readonly #inlineBelowNs: number;
  readonly #workers: WorkerPool | undefined;
  readonly #pool: MemoryPool;
  /** Memories that workers have been sent. */
  readonly #known = new WeakSet<SharedArrayBuffer>();
  #recorded: Recorded[] = [];
  #aliveBytes = 0;
  #nextBatch = 1;
  #finishedBatch = 0;
  #tail: Promise<void> = Promise.resolve();
  #timings: DispatchTiming[] | undefined;
  #isDisposed = false;

  constructor(options: CpuBackendOptions) {
    const threads = options.threads ?? availableParallelism();
    if (!Number.isInteger(threads) || threads < 0)
      throw new RangeError(`threads is ${threads}, not a number of threads`);
    this.info = cpuInfo(threads);
    this.#registry = options.registry;
    this.#policy = { threads: Math.max(1, threads), slabNs: options.slabNs ?? 50_000 };
    this.#inlineBelowNs = options.inlineBelowNs ?? 300_000;
    this.#workers = threads === 0 ? undefined : new WorkerPool(options.workerUrl, threads);
    this.#pool = new MemoryPool(options.poolBytes ?? 512 * 2 ** 20);
    if (options.startsEarly === true) this.#workers?.start();
  }

  createBuffer(label: string, sizeBytes: number, init?: ArrayBufferView): DeviceBuffer {
    this.#assertUsable();
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0)
      throw new KernelError(`buffer ${label} cannot have ${sizeBytes} bytes`);
    if (init !== undefined && init.byteLength > sizeBytes)
      throw new KernelError(`buffer ${label} has ${sizeBytes} bytes, its contents ${init.byteLength}`);
    const buffer = new CpuDeviceBuffer(this, label, sizeBytes);
    this.#aliveBytes += buffer.paddedBytes;
    if (init === undefined || buffer.share(init)) return buffer;
    const { memory, fresh } = this.#pool.acquire(buffer.paddedBytes, this.#finishedBatch);
    const bytes = new Uint8Array(memory, 0, buffer.paddedBytes);
    bytes.set(bytesOf(init));
    if (!fresh) bytes.fill(0, init.byteLength);
    buffer.place(memory);
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
    const to = this.#own(buffer).writable('be written to');
    to.checkRange(offsetBytes, data.byteLength);
    if (data.byteLength === 0) return;
    const { memory } = this.#pool.acquire(data.byteLength, this.#finishedBatch);
    const staged = new CpuDeviceBuffer(this, `${to.label}/staging`, data.byteLength);
    new Uint8Array(memory).set(bytesOf(data));
    staged.place(memory);
    this.#recorded.push({ kind: 'copy', from: staged, to, offsetBytes }, { kind: 'release', buffer: staged });
  }

  clear(buffer: DeviceBuffer): void {
    this.#recorded.push({ kind: 'clear', buffer: this.#own(buffer).writable('be cleared') });
  }

  dispatch<P extends object, B extends string>(kernel: Kernel<P, B>, dispatch: Dispatch<P, B>): void {
    this.#assertUsable();
    const { id } = kernel.source;
    const launch = resolveLaunch(kernel, dispatch);
    if (this.#workers !== undefined && !(id in this.#registry))
      throw new KernelError(`${id} is not in the registry of the CPU workers; run \`npm run generate\``);
    const buffers = bindBuffers(kernel.source, dispatch.buffers, (buffer) => this.#own(buffer));
    const units = kernel.cpu.units(launch.params);
    if (!Number.isSafeInteger(units) || units < 0) throw new KernelError(`${id} says it has ${units} units of work`);
    const cost = kernel.cost(launch.params, launch.constants);
    this.#recorded.push({ kind: 'run', id, twin: kernel.cpu, launch, buffers, units, cost });
  }

  flush(): Promise<void> {
    this.#assertUsable();
    return this.#submit();
  }

  async read(buffer: DeviceBuffer, offsetBytes = 0, sizeBytes?: number): Promise<SharedArrayBuffer> {
    const from = this.#own(buffer);
    const size = paddedBytes(sizeBytes ?? buffer.sizeBytes - offsetBytes);
    from.checkRange(offsetBytes, size);
    const to = allocateShared(size);
    this.#recorded.push({ kind: 'read', from, offsetBytes, to });
    await this.#submit();
    return to;
  }

  release(buffer: DeviceBuffer): void {
    const own = this.#own(buffer);
    if (own.parent !== undefined) throw new KernelError(`${own.label}: a sub-buffer is not released, its parent is`);
    own.isReleased = true;
    this.#aliveBytes -= own.paddedBytes;
    this.#recorded.push({ kind: 'release', buffer: own });
  }

  memory(): { readonly aliveBytes: number; readonly pooledBytes: number; readonly peakBytes: number } {
    const { pooledBytes, peakBytes } = this.#pool;
    return { aliveBytes: this.#aliveBytes, pooledBytes, peakBytes };
  }

  startTimings(): void {
    this.#assertUsable();
    // What was recorded before is not part of the measurement.
    if (this.#recorded.length > 0) this.#submit().catch(() => undefined);
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
    await this.#workers?.dispose();
    this.#pool.clear();
  }

  /** Plans what is recorded into one batch behind the batches before it. */
  #submit(): Promise<void> {
    const recorded = this.#recorded;
    this.#recorded = [];
    if (recorded.length === 0) return this.#tail;
    const timings = this.#timings;
    const plan = new BatchPlan(this.#nextBatch++, recorded, this.#pool, this.#policy, timings !== undefined);
    const run = this.#tail.then(() => this.#run(plan, timings));
    // A failed batch is reported to who submitted it; later ones still run.
    this.#tail = run.catch(() => undefined);
    return run;
  }

  async #run(plan: BatchPlan, timings: DispatchTiming[] | undefined): Promise<void> {
    const { batch } = plan;
    try {
      if (batch.commands.length === 0) return;
      if (this.#workers === undefined || plan.timeNs < this.#inlineBelowNs) runInline(batch, plan);
      else await this.#workers.run(batch, this.#newBytes(batch));
      timings?.push(...plan.timings());
    } finally {
      this.#finishedBatch = batch.id;
    }
  }

  /** Bytes of the memories that the workers are sent for the first time. */
  #newBytes({ memories }: Batch): number {
    let bytes = 0;
    for (const memory of memories) {
      if (this.#known.has(memory)) continue;
      this.#known.add(memory);
      bytes += memory.byteLength;
    }
    return bytes;
  }

  #own(buffer: DeviceBuffer): CpuDeviceBuffer {
    this.#assertUsable();
    if (!(buffer instanceof CpuDeviceBuffer) || buffer.owner !== this)
      throw new KernelError(`buffer ${buffer?.label} belongs to another backend`);
    if (buffer.root.isReleased) throw new KernelError(`buffer ${buffer.label} was released`);
    return buffer;
  }

  #assertUsable(): void {
    if (this.#isDisposed) throw new KernelError('the CPU backend was closed');
  }
}

function runInline(batch: Batch, plan: BatchPlan): void {
  const failure = runBatch(batch, (_, index) => plan.twins[index]);
  if (failure === undefined) return;
  const { thrown } = failure;
  throw twinError(failure.label, thrown instanceof Error ? thrown.message : String(thrown), thrown);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function cpuInfo(threads: number): BackendInfo {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const count = threads === 0 ? 'calling thread' : threads === 1 ? '1 thread' : `${threads} threads`;
  return {
    kind: 'cpu',
    name: `${model}, ${count}`,
    vendor: '',
    architecture: arch(),
    device: model,
    driver: `Node.js ${process.version}`,
    features: [],
    limits: {},
    threads,
  };
}
