export { benchCase, type BenchContext } from './bench-case.ts';
export { type BenchComparison, comparisonTable, compareRuns, compareSamples, type Verdict } from './compare.ts';
export { benchVersions } from './environment.ts';
export { type BackendMeasure, measureBackend, type PeakKernels } from './peaks.ts';
export type { BenchAdapter, BenchRecord, Peaks, Stop } from './record.ts';
export { clockStepOf, sampleLaunch, type SamplePolicy, type Samples } from './sample.ts';
export { median, medianInterval, noiseOf } from './statistics.ts';
export { alignedTable, benchTable, timeText } from './table.ts';
