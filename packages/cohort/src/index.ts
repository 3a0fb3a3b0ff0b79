export * from './case.ts';
export * from './groups.ts';
