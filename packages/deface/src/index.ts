export * from './apply.ts';
export * from './errors.ts';
export * from './fill.ts';
export * from './plan.ts';
export * from './quickshear.ts';
