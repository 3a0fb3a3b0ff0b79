import {
  type Backend, type BackendInfo, type BackendKind, BackendUnavailableError, type CpuBackendOptions, createCpuBackend,
  createGpuJsBackend, createWebGpuBackend, describeWebGpu, type GpuJsBackendOptions, isSoftwareAdapter,
  listAdapters, namedAdapter, type WebGpuBackendOptions,
} from '@efface/compute'; // prettier-ignore
import { availableParallelism } from 'node:os';
import { registry } from './registry.ts';

/**
 * Which backend to open: `auto` takes WebGPU when a GPU is there, else the CPU. It never takes `gpujs`, which runs some
 * kernels only.
 */
export type BackendChoice = 'auto' | BackendKind;

/** How to open it; options of the other backends are ignored. */
export type OpenBackendOptions = Partial<Omit<CpuBackendOptions, 'registry'>> &
  WebGpuBackendOptions &
  GpuJsBackendOptions;

export { isSoftwareAdapter };

/**
 * Opens a backend that knows all kernels. Throws BackendUnavailableError when the one asked for is not there; an
 * adapter that is named (`adapter` or EFFACE_ADAPTER) is asked for under `auto` too.
 */
export async function openBackend(choice: BackendChoice, options: OpenBackendOptions = {}): Promise<Backend> {
  if (choice === 'webgpu') return createWebGpuBackend(options);
  if (choice === 'gpujs') return createGpuJsBackend(options);
  if (choice === 'auto') {
    const backend =
      namedAdapter(options) === undefined ? await openHardware(options) : await createWebGpuBackend(options);
    if (backend) return backend;
  }
  const workerUrl = new URL('./cpu-worker.ts', import.meta.url);
  return createCpuBackend({ threads: availableParallelism(), workerUrl, ...options, registry });
}

/** `auto` passes over software adapters. */
async function openHardware(options: OpenBackendOptions): Promise<Backend | undefined> {
  try {
    const backend = await createWebGpuBackend(options);
    if (!isSoftwareAdapter(backend.info)) return backend;
    await backend[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
  }
  return undefined;
}

/** A backend of this machine, or why there is none of its kind. */
export type AvailableBackend =
  | { readonly kind: BackendKind; readonly info: BackendInfo; readonly isAutomatic: boolean }
  | { readonly kind: BackendKind; readonly missing: string };

/**
 * Every backend of this machine: one entry for each WebGPU adapter, or one with the reason why there is none, then the
 * CPU and gpu.js. `isAutomatic` marks the one that `openBackend('auto', options)` takes.
 */
export async function availableBackends(options: OpenBackendOptions = {}): Promise<readonly AvailableBackend[]> {
  const adapters = await listAdapters();
  const candidates = [
    ...(adapters.length === 0 ? [undefined] : adapters).map((adapter) => ({
      kind: 'webgpu' as const,
      open: () => describeWebGpu(adapter === undefined ? options : { ...options, adapter }),
    })),
    { kind: 'cpu' as const, open: () => infoOfBackend('cpu', options) },
    { kind: 'gpujs' as const, open: () => infoOfBackend('gpujs', options) },
  ];
  const automatic = await infoOrReason(() => infoOfBackend('auto', options));
  const found: AvailableBackend[] = [];
  for (const { kind, open } of candidates) {
    const info = await infoOrReason(open);
    if (typeof info === 'string') found.push({ kind, missing: info });
    else
      found.push({
        kind,
        info,
        isAutomatic: typeof automatic === 'object' && automatic.kind === kind && automatic.name === info.name,
      });
  }
  return found;
}

/** Opens a backend to see that it opens, and closes it. */
async function infoOfBackend(choice: BackendChoice, options: OpenBackendOptions): Promise<BackendInfo> {
  await using backend = await openBackend(choice, options);
  return backend.info;
}

async function infoOrReason(open: () => Promise<BackendInfo>): Promise<BackendInfo | string> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof BackendUnavailableError) return error.message;
    throw error;
  }
}
