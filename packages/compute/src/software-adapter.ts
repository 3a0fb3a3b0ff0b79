import type { BackendInfo } from './backend.ts';

const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe/i;

/** Whether a backend is a processor that plays GPU: there to check shaders, slower than the threads of the CPU backend. */
export function isSoftwareAdapter({ kind, name }: Pick<BackendInfo, 'kind' | 'name'>): boolean {
  return kind === 'webgpu' && SOFTWARE_ADAPTER.test(name);
}
