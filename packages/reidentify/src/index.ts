export * from './face-surface.ts';
export * from './networks/index.ts';
export * from './render.ts';
