export { type CpuBackendOptions, createCpuBackend } from './cpu-backend.ts';
export { cpuBufferOf } from './views.ts';
export { type KernelRegistry, serveCpuWorker } from './worker.ts';
