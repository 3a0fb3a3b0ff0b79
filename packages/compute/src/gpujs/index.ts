export * from './form.ts';
export { createGpuJsBackend, type GpuJsBackendOptions } from './gpujs-backend.ts';
export * from './inputs.ts';
export type { GpuJsMode } from './library.ts';
