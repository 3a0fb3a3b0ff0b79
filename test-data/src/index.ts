export * from './manifest.ts';
export * from './shared.ts';
export * from './phantom/face-shape.ts';
export * from './phantom/generate-head.ts';
export * from './phantom/grids.ts';
export * from './phantom/landmarks.ts';
export * from './phantom/structures.ts';
export * from './phantom/tissues.ts';
