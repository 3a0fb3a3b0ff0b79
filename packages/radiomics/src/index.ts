export * from './first-order-extractor.ts';
export * from './ibsi.ts';
export * from './region.ts';
export * from './settings.ts';
export type { Agreement } from './drift/agreement.ts';
export * from './drift/drift.ts';
export * from './drift/structure-names.ts';
