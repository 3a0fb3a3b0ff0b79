import {
  type Backend, BackendUnavailableError, type CpuBackendOptions, createCpuBackend, createWebGpuBackend,
  type WebGpuBackendOptions,
} from '@efface/compute'; // prettier-ignore
import { availableParallelism } from 'node:os';
import { registry } from './registry.ts';

/** Which backend to open: `auto` takes WebGPU when an adapter is there, else the CPU. */
export type BackendChoice = 'auto' | 'webgpu' | 'cpu';

/** How to open it; options of the other backend are ignored. */
export type OpenBackendOptions = Partial<Omit<CpuBackendOptions, 'registry'>> & WebGpuBackendOptions;

/** A processor that plays GPU is slower than the threads of the CPU backend: `auto` passes it over. */
const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe/i;

/** Opens a backend that knows all kernels. Throws BackendUnavailableError when the one asked for is not there. */
export async function openBackend(choice: BackendChoice, options: OpenBackendOptions = {}): Promise<Backend> {
  if (choice === 'webgpu') return createWebGpuBackend(options);
  if (choice === 'auto') {
    const backend = await openHardware(options);
    if (backend) return backend;
  }
  const workerUrl = new URL('./cpu-worker.ts', import.meta.url);
  return createCpuBackend({ threads: availableParallelism(), workerUrl, ...options, registry });
}

async function openHardware(options: OpenBackendOptions): Promise<Backend | undefined> {
  try {
    const backend = await createWebGpuBackend(options);
    if (!SOFTWARE_ADAPTER.test(backend.info.name)) return backend;
    await backend[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
  }
  return undefined;
}
