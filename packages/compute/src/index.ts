export * from './accuracy.ts';
export * from './backend.ts';
export * from './cpu/index.ts';
export * from './device-volume.ts';
export * from './errors.ts';
export * from './kernel.ts';
export * from './launch.ts';
