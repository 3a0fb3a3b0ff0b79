export * from './apply.ts';
export * from './errors.ts';
export * from './fill.ts';
export * from './keep-out.ts';
export * from './methods.ts';
export * from './plan.ts';
export * from './quickshear.ts';
