export * from './affine.ts';
export * from './box.ts';
export * from './errors.ts';
export * from './grid.ts';
export * from './mask.ts';
export * from './shared-memory.ts';
export * from './vec3.ts';
export * from './volume.ts';
