export * from './build-dicom.ts';
export * from './build-rt.ts';
export * from './build-seg.ts';
export * from './build-series.ts';
export * from './other-software.ts';
export * from './read-uids.ts';
export * from './temp-folder.ts';
