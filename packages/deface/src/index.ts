export * from './fill.ts';
export * from './plan.ts';
