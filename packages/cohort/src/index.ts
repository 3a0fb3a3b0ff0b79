export * from './case.ts';
export * from './groups.ts';
export { pngOf, renderSmoothingMm } from './pictures.ts';
