export { type OpenBackend, type OpenOptions, provideBackends } from './backends.ts';
export * from './cases.ts';
export { type CaseFailure, checkCase, checkTwin, type PreparedCase, prepareCase } from './check-case.ts';
export { checkKernels, forEachBackend, forEachFastBackend } from './check-kernels.ts';
export { gpuJsMisfit } from './gpujs-misfit.ts';
export { reportFailure, reproCommand } from './dump.ts';
export * from './random.ts';
export { tuningPoints } from './twin.ts';
