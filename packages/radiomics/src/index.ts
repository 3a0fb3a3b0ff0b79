export * from './first-order-extractor.ts';
export * from './ibsi.ts';
export * from './region.ts';
export * from './settings.ts';
