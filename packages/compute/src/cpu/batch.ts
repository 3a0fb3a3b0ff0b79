import type { CpuBuffer, CpuKernel } from '../kernel.ts';
import { cpuBufferOf } from './views.ts';

/** Bytes of one of a batch's memories. */
export interface Region {
  /** Index into `Batch.memories`. */
  readonly memory: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** How a command's units are cut into slabs. */
export interface Slabs {
  readonly units: number;
  readonly unitsPerSlab: number;
  readonly slabs: number;
}

/** Zeroes a region. */
export interface FillCommand extends Slabs {
  readonly kind: 'fill';
  readonly to: Region;
}

/** Copies between regions of one size. */
export interface CopyCommand extends Slabs {
  readonly kind: 'copy';
  readonly from: Region;
  readonly to: Region;
}

/** Runs a twin. */
export interface RunCommand extends Slabs {
  readonly kind: 'run';
  readonly kernelId: string;
  readonly label: string;
  readonly params: object;
  readonly constants: Readonly<Record<string, number>>;
  readonly bindings: Readonly<Record<string, Region>>;
}

export type Command = FillCommand | CopyCommand | RunCommand;

/**
 * Work that threads share: each runs `runBatch` on the same batch, takes slabs from common counters and waits at the
 * end of each stage until all its slabs are done. A thread that comes late finds nothing left and returns.
 */
export interface Batch {
  readonly id: number;
  readonly memories: readonly SharedArrayBuffer[];
  readonly commands: readonly Command[];
  /** i32: [0] 1 once a twin threw; then per command that starts a stage the next slab to take and the slabs done. */
  readonly control: SharedArrayBuffer;
  /** i64, when timed: per command the hrtime of its first slab's start and its last slab's end, ns. */
  readonly timesNs?: SharedArrayBuffer;
}

/** Bytes one unit of a fill or a copy stands for. */
export const BLOCK_BYTES = 1 << 18;

const FAILED = 0;

/** Zeroed control words for a number of commands. */
export function controlFor(commandCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (1 + 2 * commandCount));
}

/** A twin threw. */
export interface BatchFailure {
  readonly label: string;
  readonly thrown: unknown;
}

/**
 * Takes part in a batch until it is finished. `twinOf` finds the twin of a command. When a twin throws, the other
 * slabs of its command finish or are passed over, later commands are passed over, and the thread where it happened
 * returns the failure once no thread touches the command's memory any more.
 */
export function runBatch(
  batch: Batch,
  twinOf: (command: RunCommand, index: number) => CpuKernel<object, string>,
): BatchFailure | undefined {
  const { commands } = batch;
  const control = new Int32Array(batch.control);
  const times = batch.timesNs === undefined ? undefined : new BigInt64Array(batch.timesNs);
  let failure: BatchFailure | undefined;
  for (let first = 0, end = 0; first < commands.length && Atomics.load(control, FAILED) === 0; first = end) {
    end = stageEnd(commands, first);
    const isSerial = commands[first].slabs <= 1;
    const slabs = isSerial ? 1 : commands[first].slabs;
    const next = 1 + 2 * first;
    const done = next + 1;
    let prepared: PreparedCommand | undefined;
    for (;;) {
      const slab = Atomics.add(control, next, 1);
      if (slab >= slabs) break;
      let index = first;
      try {
        for (; index < end && Atomics.load(control, FAILED) === 0; index++) {
          const command = commands[index];
          if (times !== undefined && slab === 0) times[2 * index] = process.hrtime.bigint();
          if (prepared === undefined || isSerial)
            prepared = prepare(batch, command, (runCommand) => twinOf(runCommand, index));
          const begin = slab * command.unitsPerSlab;
          if (begin < command.units) prepared(begin, Math.min(begin + command.unitsPerSlab, command.units));
          if (times !== undefined && isSerial) times[2 * index + 1] = process.hrtime.bigint();
        }
      } catch (thrown) {
        const command = commands[index];
        failure ??= { label: command.kind === 'run' ? command.label : command.kind, thrown };
        Atomics.store(control, FAILED, 1);
      }
      // Before the slab counts as done: whoever sees the last one done reads the time.
      if (times !== undefined && !isSerial) stampLater(times, 2 * first + 1);
      if (Atomics.add(control, done, 1) + 1 === slabs) Atomics.notify(control, done);
    }
    waitUntilDone(control, done, slabs);
  }
  return failure;
}

/** Sets a time to now, unless another thread has set it later. */
function stampLater(times: BigInt64Array, at: number): void {
  const now = process.hrtime.bigint();
  for (let seen = Atomics.load(times, at); now > seen;) {
    const was = Atomics.compareExchange(times, at, seen, now);
    if (was === seen) return;
    seen = was;
  }
}

/**
 * Threads meet at the end of each stage: a command of several slabs, or as many commands of one slab as follow each
 * other, which one thread does alone because handing over costs more than small work.
 */
function stageEnd(commands: readonly Command[], first: number): number {
  let end = first + 1;
  if (commands[first].slabs <= 1) while (end < commands.length && commands[end].slabs <= 1) end++;
  return end;
}

function waitUntilDone(control: Int32Array, done: number, slabs: number): void {
  for (;;) {
    const seen = Atomics.load(control, done);
    if (seen >= slabs) return;
    Atomics.wait(control, done, seen);
  }
}

/** The work of one command, its views made once per thread. */
type PreparedCommand = (begin: number, end: number) => void;

function prepare(
  batch: Batch,
  command: Command,
  twinOf: (command: RunCommand) => CpuKernel<object, string>,
): PreparedCommand {
  const bytesOf = ({ memory, offsetBytes, sizeBytes }: Region) =>
    new Uint8Array(batch.memories[memory], offsetBytes, sizeBytes);
  switch (command.kind) {
    case 'fill': {
      const to = bytesOf(command.to);
      return (begin, end) => void to.fill(0, begin * BLOCK_BYTES, end * BLOCK_BYTES);
    }
    case 'copy': {
      const from = bytesOf(command.from);
      const to = bytesOf(command.to);
      return (begin, end) => to.set(from.subarray(begin * BLOCK_BYTES, end * BLOCK_BYTES), begin * BLOCK_BYTES);
    }
    case 'run': {
      const kernel = twinOf(command);
      const buffers: Record<string, CpuBuffer> = {};
      for (const [name, region] of Object.entries(command.bindings))
        buffers[name] = cpuBufferOf(batch.memories[region.memory], region.offsetBytes, region.sizeBytes);
      const { params, constants } = command;
      return (begin, end) => kernel.run({ params, constants, buffers, begin, end });
    }
  }
}
