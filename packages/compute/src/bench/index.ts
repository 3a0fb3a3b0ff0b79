export { benchCase, type BenchContext, BenchSubject } from './bench-case.ts';
export { type BenchComparison, comparisonTable, compareRuns, compareSamples, type Verdict } from './compare.ts';
export { benchAdapter, benchVersions } from './environment.ts';
export { type BackendMeasure, measureBackend, measureClockStep, type PeakKernels } from './peaks.ts';
export { adapterLabel, type BenchAdapter, type BenchRecord, type Peaks, type Stop, withPeaks } from './record.ts';
export { clockStepOf, sampleLaunch, type SamplePolicy, type Samples } from './sample.ts';
export { median, medianInterval, noiseOf } from './statistics.ts';
export { alignedTable, benchTable, ratioTable, timeText } from './table.ts';
