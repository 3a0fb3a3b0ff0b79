import { availableParallelism } from 'node:os';
import { type Backend, BackendUnavailableError, type CpuBackendOptions, createCpuBackend } from '@efface/compute';
import { registry } from './registry.ts';

/** Which backend to open: `auto` takes WebGPU when an adapter is there, else the CPU. */
export type BackendChoice = 'auto' | 'webgpu' | 'cpu';

/** How to open it. */
export type OpenBackendOptions = Partial<Omit<CpuBackendOptions, 'registry'>> & {
  /** WebGPU: false asks for a device that does not clamp out-of-range accesses. */
  readonly robustness?: boolean;
};

/** Opens a backend that knows all kernels. Throws BackendUnavailableError when it is not there. */
export async function openBackend(choice: BackendChoice, options: OpenBackendOptions = {}): Promise<Backend> {
  if (choice === 'webgpu') throw new BackendUnavailableError('the WebGPU backend is not part of this build yet');
  const workerUrl = new URL('./cpu-worker.ts', import.meta.url);
  return createCpuBackend({ threads: availableParallelism(), workerUrl, ...options, registry });
}
