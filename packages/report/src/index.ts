export * from './picture.ts';
export * from './record.ts';
export * from './slices.ts';
export * from './audit/audit-plots.ts';
export * from './audit/audit-record.ts';
export * from './audit/audit-tables.ts';
export * from './plots.ts';
export * from './audit/audit-page.ts';
