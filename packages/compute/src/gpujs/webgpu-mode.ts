import type { BackendInfo } from '../backend.ts';
import { describeWebGpu } from '../webgpu/device.ts';
import { type AdapterOptions, openAdapter } from '../webgpu/gpu.ts';
import type { GpuJsLibrary } from './library.ts';

/** Backends that use gpu.js's device, of which it has one for all. */
let users = 0;

/**
 * gpu.js looks for a browser's `navigator.gpu`, which Node.js does not have: it is lent the adapter that the WebGPU
 * backend would take. Returns what there is to say about it. Each call needs one of `returnWebGpu`. Throws
 * BackendUnavailableError when there is no adapter.
 */
export async function lendWebGpu(options: AdapterOptions): Promise<BackendInfo> {
  const info = await describeWebGpu(options);
  users++;
  if (!('gpu' in navigator))
    Object.defineProperty(navigator, 'gpu', {
      value: { requestAdapter: () => openAdapter(options) },
      configurable: true,
    });
  return info;
}

/** Closes gpu.js's device when this was its last user; left open it would keep the process alive. */
export async function returnWebGpu(library: GpuJsLibrary): Promise<void> {
  if (--users === 0) await library.WebGPUContext.destroy();
}
