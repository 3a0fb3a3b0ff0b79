export { describeWebGpu } from './device.ts';
export { type AdapterOptions, listAdapters, namedAdapter } from './gpu.ts';
export { adviceFor, type GraphicsStack, inspectGraphicsStack } from './missing.ts';
export { type ShaderValidation, validateShader } from './validate.ts';
export { createWebGpuBackend, type WebGpuBackendOptions } from './webgpu-backend.ts';
