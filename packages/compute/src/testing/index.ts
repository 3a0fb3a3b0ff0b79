export * from './cases.ts';
export * from './random.ts';
