export * from './picture.ts';
export * from './record.ts';
export * from './slices.ts';
