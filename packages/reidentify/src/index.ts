export * from './face-surface.ts';
export * from './networks/index.ts';
export * from './render.ts';
export * from './rates/binomial.ts';
export * from './rates/bootstrap.ts';
export * from './rates/identification.ts';
export * from './rates/verification.ts';
export * from './geometry/match-depths.ts';
