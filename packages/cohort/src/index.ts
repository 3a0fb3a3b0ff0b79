export * from './case.ts';
export * from './groups.ts';
export { pngOf, renderSmoothingMm } from './pictures.ts';
export * from './recognition.ts';
export * from './audit/acquire-person.ts';
export * from './audit/audit.ts';
export * from './audit/calibration.ts';
export * from './audit/subjects.ts';
export * from './audit/write-audit.ts';
