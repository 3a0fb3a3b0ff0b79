export * from './face-surface.ts';
export * from './render.ts';
