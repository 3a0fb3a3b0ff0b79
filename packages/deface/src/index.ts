export * from './apply.ts';
export * from './fill.ts';
export * from './plan.ts';
