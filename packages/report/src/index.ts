export * from './picture.ts';
export * from './slices.ts';
