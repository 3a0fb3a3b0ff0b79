export { describeWebGpu } from './device.ts';
export { type AdapterOptions, listAdapters } from './gpu.ts';
export { createWebGpuBackend, foldWorkgroups, type WebGpuBackendOptions } from './webgpu-backend.ts';
