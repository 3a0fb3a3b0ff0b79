import type { DispatchTiming } from '../backend.ts';
import type { Cost, CpuKernel } from '../kernel.ts';
import type { Launch } from '../launch.ts';
import { type Batch, type Command, controlFor, type Region } from './batch.ts';
import type { CpuDeviceBuffer } from './cpu-buffer.ts';
import type { MemoryPool } from './memory.ts';
import { blocksOf, cutIntoSlabs, moveTimeNs, twinTimeNs } from './slabs.ts';

/** One recorded call of the backend. */
export type Recorded =
  | { readonly kind: 'clear'; readonly buffer: CpuDeviceBuffer }
  | {
      readonly kind: 'copy';
      readonly from: CpuDeviceBuffer;
      readonly to: CpuDeviceBuffer;
      readonly offsetBytes: number;
    }
  | {
      readonly kind: 'read';
      readonly from: CpuDeviceBuffer;
      readonly offsetBytes: number;
      readonly to: SharedArrayBuffer;
    }
  | { readonly kind: 'release'; readonly buffer: CpuDeviceBuffer }
  | {
      readonly kind: 'run';
      readonly id: string;
      readonly twin: CpuKernel<object, string>;
      readonly launch: Launch;
      readonly buffers: Readonly<Record<string, CpuDeviceBuffer>>;
      readonly units: number;
      readonly cost: Cost;
    };

/** How work is cut. */
export interface SlabPolicy {
  readonly threads: number;
  readonly slabNs: number;
}

/**
 * Recorded calls as one batch. Memory is handed out here, in recorded order: a buffer released by one call serves the
 * buffers first used after it, and only reused memory is zeroed.
 */
export class BatchPlan {
  readonly batch: Batch;
  /** Twin of each `run` command, by command index. */
  readonly twins: CpuKernel<object, string>[] = [];
  readonly #pool: MemoryPool;
  readonly #policy: SlabPolicy;
  readonly #id: number;
  readonly #memories: SharedArrayBuffer[] = [];
  readonly #indexOfMemory = new Map<SharedArrayBuffer, number>();
  readonly #commands: Command[] = [];
  #timeNs = 0;

  constructor(id: number, recorded: readonly Recorded[], pool: MemoryPool, policy: SlabPolicy, isTimed: boolean) {
    this.#id = id;
    this.#pool = pool;
    this.#policy = policy;
    for (const call of recorded) this.#plan(call);
    const commandCount = this.#commands.length;
    this.batch = {
      id,
      memories: this.#memories,
      commands: this.#commands,
      control: controlFor(commandCount),
      ...(isTimed ? { timesNs: new SharedArrayBuffer(16 * commandCount) } : {}),
    };
  }

  /** Estimated single-thread time. */
  get timeNs(): number {
    return this.#timeNs;
  }

  /** Measured time of each twin, after the batch. */
  timings(): DispatchTiming[] {
    if (this.batch.timesNs === undefined) return [];
    const times = new BigInt64Array(this.batch.timesNs);
    return this.#commands.flatMap((command, index) =>
      command.kind === 'run' ? [{ label: command.label, timeNs: Number(times[2 * index + 1] - times[2 * index]) }] : [],
    );
  }

  #plan(call: Recorded): void {
    switch (call.kind) {
      case 'clear':
        if (!this.#place(call.buffer)) this.#fill(this.#regionOf(call.buffer));
        break;
      case 'copy': {
        this.#place(call.to);
        const from = this.#regionOf(call.from);
        const to = this.#regionOf(call.to);
        this.#copy(
          { ...from, sizeBytes: call.from.sizeBytes },
          { ...to, offsetBytes: to.offsetBytes + call.offsetBytes, sizeBytes: call.from.sizeBytes },
        );
        break;
      }
      case 'read': {
        this.#place(call.from);
        const from = this.#regionOf(call.from);
        const sizeBytes = call.to.byteLength;
        this.#copy(
          { ...from, offsetBytes: from.offsetBytes + call.offsetBytes, sizeBytes },
          { memory: this.#memoryIndex(call.to), offsetBytes: 0, sizeBytes },
        );
        break;
      }
      case 'release':
        if (!call.buffer.isShared && call.buffer.memory !== undefined)
          this.#pool.giveBack(call.buffer.memory, this.#id);
        break;
      case 'run': {
        const bindings: Record<string, Region> = {};
        for (const [name, buffer] of Object.entries(call.buffers)) {
          this.#place(buffer);
          bindings[name] = this.#regionOf(buffer);
        }
        const { label, params, constants } = call.launch;
        const timeNs = twinTimeNs(call.cost);
        const slabs = cutIntoSlabs(call.units, timeNs, this.#policy.threads, this.#policy.slabNs);
        this.twins[this.#commands.length] = call.twin;
        this.#push({ kind: 'run', kernelId: call.id, label, params, constants, bindings, ...slabs }, timeNs);
      }
    }
  }

  /** Finds memory for the buffer if it has none; true when that made it zero. */
  #place(buffer: CpuDeviceBuffer): boolean {
    const { root } = buffer;
    if (root.memory !== undefined) return false;
    const { memory, fresh } = this.#pool.acquire(root.paddedBytes, this.#id);
    root.place(memory);
    if (!fresh) this.#fill(this.#regionOf(root));
    return true;
  }

  #regionOf(buffer: CpuDeviceBuffer): Region {
    const memory = buffer.memory;
    if (memory === undefined) throw new RangeError(`buffer ${buffer.label} has no memory yet`);
    return { memory: this.#memoryIndex(memory), offsetBytes: buffer.offsetBytes, sizeBytes: buffer.paddedBytes };
  }

  #memoryIndex(memory: SharedArrayBuffer): number {
    const known = this.#indexOfMemory.get(memory);
    if (known !== undefined) return known;
    this.#indexOfMemory.set(memory, this.#memories.length);
    return this.#memories.push(memory) - 1;
  }

  #fill(to: Region): void {
    this.#push({ kind: 'fill', to, ...this.#blocks(to.sizeBytes) }, moveTimeNs(to.sizeBytes));
  }

  #copy(from: Region, to: Region): void {
    this.#push({ kind: 'copy', from, to, ...this.#blocks(to.sizeBytes) }, moveTimeNs(to.sizeBytes));
  }

  #blocks(sizeBytes: number) {
    return cutIntoSlabs(blocksOf(sizeBytes), moveTimeNs(sizeBytes), this.#policy.threads, this.#policy.slabNs);
  }

  #push(command: Command, timeNs: number): void {
    this.#commands.push(command);
    this.#timeNs += timeNs;
  }
}
