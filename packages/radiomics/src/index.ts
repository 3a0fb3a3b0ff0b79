export * from './first-order-of-region.ts';
export * from './region.ts';
export * from './settings.ts';
