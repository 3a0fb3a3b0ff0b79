import { cpuBufferOf, paddedBytes } from '../cpu/views.ts';
import type { CpuBuffer, Kernel, StorageBinding } from '../kernel.ts';
import { resolveConstants, resolveLaunch } from '../launch.ts';
import type { DeviceBuffer } from '../backend.ts';
import type { CaseBuffer, KernelCase } from './cases.ts';

/** Bytes before and after a buffer that nothing may touch. */
export const GUARD_BYTES = 1024;

/** Word the guards are filled with: a NaN, so that what is read from there shows in float results. */
export const SENTINEL_WORD = 0x7fc5a5a5;

/** Bytes of each binding. */
export type BindingBytes = Readonly<Record<string, Uint8Array>>;

/** Seed of the inputs of every check. */
export const CASE_SEED = 20_260_101;

/** Initial bytes of each binding of a case, padded to whole words with zeros. Throws RangeError for an empty one. */
export function caseBytes(
  kernel: Kernel,
  kernelCase: KernelCase,
  given: Readonly<Record<string, CaseBuffer>>,
): BindingBytes {
  const bytes: Record<string, Uint8Array> = {};
  for (const { name } of kernel.source.bindings) {
    const { sizeBytes, init } = given[name] ?? {};
    const paddedSizeBytes = paddedBytes(sizeBytes ?? init?.byteLength ?? 0);
    if (paddedSizeBytes === 0) throw new RangeError(`${kernel.source.id}:${kernelCase.id} gives no bytes for ${name}`);
    bytes[name] = new Uint8Array(paddedSizeBytes);
    if (init !== undefined) bytes[name].set(new Uint8Array(init.buffer, init.byteOffset, init.byteLength));
  }
  return bytes;
}

/** How a twin is run: slabs in which order, and with views that reach beyond their buffers or not. */
export interface TwinOptions {
  /** Override values, over those of the case. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Number of slabs, run from the last to the first. Default 1. */
  readonly slabs?: number;
  /** Lets the twin write beyond the end of its buffers, to see whether it does. */
  readonly isGuarded?: boolean;
}

/** What a run of the twin left behind. */
export interface TwinRun {
  readonly bytes: BindingBytes;
  /** Bindings whose trailing guard was written. Empty without guards. */
  readonly brokenGuards: readonly string[];
}

/**
 * Runs the twin on copies of the inputs, on this thread, and returns the bytes of all bindings afterwards. This is
 * the reference that every backend is compared with.
 */
export function runTwin(
  kernel: Kernel,
  kernelCase: KernelCase,
  inputs: BindingBytes,
  options: TwinOptions = {},
): TwinRun {
  const { constants, params } = resolveLaunch(kernel, {
    params: kernelCase.params,
    constants: { ...kernelCase.constants, ...options.constants },
    buffers: inputs as unknown as Record<string, DeviceBuffer>,
  });
  const guardBytes = options.isGuarded === true ? GUARD_BYTES : 0;
  const whole: Record<string, Uint8Array> = {};
  const buffers: Record<string, CpuBuffer> = {};
  for (const [name, bytes] of Object.entries(inputs)) {
    whole[name] = withGuards(bytes, 0, guardBytes);
    buffers[name] =
      guardBytes > 0
        ? overlongBuffer(whole[name], bytes.byteLength)
        : cpuBufferOf(whole[name].buffer, 0, bytes.byteLength);
  }
  const units = kernel.cpu.units(params);
  const unitsPerSlab = Math.max(1, Math.ceil(units / (options.slabs ?? 1)));
  for (let slab = Math.ceil(units / unitsPerSlab) - 1; slab >= 0; slab--) {
    const begin = slab * unitsPerSlab;
    kernel.cpu.run({ params, constants, buffers, begin, end: Math.min(units, begin + unitsPerSlab) });
  }
  const bytes: Record<string, Uint8Array> = {};
  const brokenGuards: string[] = [];
  for (const [name, { byteLength }] of Object.entries(inputs)) {
    bytes[name] = whole[name].slice(0, byteLength);
    if (!isIntact(whole[name].subarray(byteLength))) brokenGuards.push(name);
  }
  return { bytes, brokenGuards };
}

/** The bytes with sentinels around them. */
export function withGuards(bytes: Uint8Array, beforeBytes: number, afterBytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(beforeBytes + bytes.byteLength + afterBytes);
  new Uint32Array(whole.buffer).fill(SENTINEL_WORD);
  whole.set(bytes, beforeBytes);
  return whole;
}

/** True when all words are sentinels. */
export function isIntact(guard: Uint8Array): boolean {
  const words = new Uint32Array(guard.buffer, guard.byteOffset, guard.byteLength / 4);
  return words.every((word) => word === SENTINEL_WORD);
}

/** Every combination of the tuning values of a kernel except the default one. */
export function tuningPoints(kernel: Kernel): Readonly<Record<string, number>>[] {
  let points: Record<string, number>[] = [{}];
  for (const [name, { values }] of Object.entries(kernel.tuning))
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  const base = resolveConstants(kernel);
  return points.filter((point) => Object.entries(point).some(([name, value]) => base[name] !== value));
}

/** Bindings a kernel writes. */
export function writtenBindings(kernel: Kernel): readonly StorageBinding[] {
  return kernel.source.bindings.filter(({ access }) => access === 'read_write');
}

/**
 * Views that go on into the guard but say they end at `sizeBytes`. A typed array drops what is written beyond its end,
 * so with exact views a twin that does so would pass, and its shader would be written the same way.
 */
function overlongBuffer(whole: Uint8Array, sizeBytes: number): CpuBuffer {
  const views = cpuBufferOf(whole.buffer, 0, whole.byteLength);
  for (const view of Object.values(views) as CpuBuffer[keyof CpuBuffer][]) {
    const length = Math.floor(sizeBytes / view.BYTES_PER_ELEMENT);
    // Bound before `length` is shadowed; the methods themselves use the true length.
    const fill = view.fill.bind(view);
    const subarray = view.subarray.bind(view);
    Object.defineProperties(view, {
      length: { value: length },
      fill: { value: (value: number, begin = 0, end = length) => fill(value, begin, end) },
      subarray: { value: (begin = 0, end = length) => subarray(begin, end) },
    });
  }
  return views;
}
