import type { BackendKind } from '../backend.ts';

/** What ended the sampling: steady enough, out of time, or enough samples. */
export type Stop = 'noise' | 'time' | 'count';

/** What a benchmark ran on. */
export interface BenchAdapter {
  readonly backend: BackendKind;
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly driver: string;
  readonly threads: number;
}

/** Best bandwidth and arithmetic measured on a backend in the same run; null when it could not be measured. */
export interface Peaks {
  readonly gbPerS: number | null;
  readonly gflopPerS: number | null;
}

/** One case of one kernel on one backend: a line of the results file. */
export interface BenchRecord {
  readonly schema: 1;
  readonly kernel: string;
  readonly case: string;
  /** Constants that differ from their defaults. */
  readonly variant: string;
  readonly adapter: BenchAdapter;
  readonly node: string;
  readonly dawn: string;
  /** Empty outside a git checkout. */
  readonly commit: string;
  /** True when the checkout had changes. */
  readonly dirty: boolean;
  /**
   * `case`: this case against the twin on one thread; `eval`: the kernel's first small case, this one being too big or
   * having more than one right result.
   */
  readonly refcheckBy: 'case' | 'eval';
  /** Only an `ok` record has times. `skip`: the case does not fit the backend or the limits of the run. */
  readonly refcheck: 'ok' | 'failed' | 'skip';
  /** Why there are no times. */
  readonly problem?: string;
  /** Who measured `samplesNs`: timestamps of the backend around each launch, or the host's clock around many. */
  readonly timer: 'device' | 'host' | null;
  /** Sets of buffers used in turn, so that a launch does not find its data in a cache. */
  readonly bufferSets: number;
  /** Times of launches on data that no cache holds. */
  readonly samplesNs: readonly number[];
  readonly medianNs: number | null;
  /** Interquartile range over median. */
  readonly noise: number | null;
  readonly stop: Stop | null;
  /** Median of launches on the same buffers again and again; null where one set is more than a cache holds. */
  readonly warmMedianNs: number | null;
  /** Median time of one launch on the host's clock, submission and waiting included. */
  readonly hostMedianNs: number | null;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly flops: number;
  readonly gbPerS: number | null;
  readonly gflopPerS: number | null;
  /** What the shares are of: the best copy and arithmetic that the same run saw on this backend. */
  readonly peaks: Peaks;
  /** Share of the measured peaks; above 1 says that the peak or the declared cost is wrong, so it is not clamped. */
  readonly shareOfPeakBandwidth: number | null;
  readonly shareOfPeakArithmetic: number | null;
}

/** The record with other peaks, and the shares that follow from them. */
export function withPeaks(record: BenchRecord, peaks: Peaks): BenchRecord {
  const share = (rate: number | null, peak: number | null) => (rate === null || peak === null ? null : rate / peak);
  return {
    ...record,
    peaks,
    shareOfPeakBandwidth: share(record.gbPerS, peaks.gbPerS),
    shareOfPeakArithmetic: share(record.gflopPerS, peaks.gflopPerS),
  };
}

/** Short name of what a record ran on: `webgpu`, `cpu×2` for two threads, `gpujs:webasm` for an engine of gpu.js. */
export function adapterLabel({ backend, architecture, threads }: BenchAdapter): string {
  return backend === 'cpu' ? `cpu×${threads}` : backend === 'gpujs' ? `gpujs:${architecture}` : backend;
}
