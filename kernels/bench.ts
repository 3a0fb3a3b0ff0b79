import { type Backend, type BackendKind, BackendUnavailableError } from '@efface/compute';
import {
  adapterLabel, type BackendMeasure, benchAdapter, benchCase, type BenchContext, type BenchRecord, BenchSubject, benchVersions, measureBackend,
  type Peaks, type SamplePolicy, withPeaks,
} from '@efface/compute/bench'; // prettier-ignore
import type { KernelCases } from '@efface/compute/testing';
import { isSoftwareAdapter, openBackend, type OpenBackendOptions } from './backends.ts';
import { peakCopy } from './peak-copy/peak-copy.ts';
import { peakFma } from './peak-fma/peak-fma.ts';

/**
 * Where to measure. `cpu` has all threads, `cpu-1` one, to see what threads bring; `gpujs` is gpu.js as it comes,
 * `gpujs-cpu` its plain JavaScript.
 */
export const BENCH_TARGETS = ['cpu', 'cpu-1', 'webgpu', 'gpujs', 'gpujs-cpu'] as const;
export type BenchTarget = (typeof BENCH_TARGETS)[number];

const TARGETS: Readonly<Record<BenchTarget, { readonly kind: BackendKind; readonly options: OpenBackendOptions }>> = {
  cpu: { kind: 'cpu', options: {} },
  'cpu-1': { kind: 'cpu', options: { threads: 1 } },
  webgpu: { kind: 'webgpu', options: {} },
  gpujs: { kind: 'gpujs', options: {} },
  'gpujs-cpu': { kind: 'gpujs', options: { gpuJsMode: 'cpu' } },
};

/** What to measure, and how long. */
export interface BenchOptions {
  /** Only cases whose `<kernel-id>:<case-id>` this accepts. Default all perf cases. */
  readonly accepts?: (name: string) => boolean;
  /**
   * Default every one, WebGPU only when its adapter is no processor: a software GPU is there to check shaders and says
   * nothing about speed. One that is not there is reported and left out.
   */
  readonly targets?: readonly BenchTarget[];
  /** For every backend: a bundle says where its CPU workers are. */
  readonly open?: OpenBackendOptions;
  readonly policy?: SamplePolicy;
  /** See BenchContext. */
  readonly maxCaseBytes?: number;
  /** Measures the eval cases too: they are small, their times mostly what a launch costs. */
  readonly includesEval?: boolean;
  /** Called with each record as it is made; its shares are of the peaks seen so far. */
  readonly onRecord?: (record: BenchRecord) => void;
}

interface OpenTarget {
  readonly backend: Backend;
  readonly context: BenchContext;
}

/**
 * Benchmarks the perf cases of some families. A case is measured on one backend after the other before the next case
 * begins, so that their ratios mean something on a machine that others use; the peaks are measured before and after,
 * and the better one counts. `print` gets what is not measured and why, line by line. Records come in order of the
 * targets, then the cases.
 */
export async function benchFamilies(
  families: readonly KernelCases[],
  print: (text: string) => void,
  options: BenchOptions = {},
): Promise<BenchRecord[]> {
  const { accepts = () => true, targets, includesEval = false, onRecord } = options;
  const opened: OpenTarget[] = [];
  const records: BenchRecord[] = [];
  try {
    for (const target of targets ?? BENCH_TARGETS) {
      const open = await openTarget(target, targets === undefined, print, options);
      if (open !== undefined) opened.push(open);
    }
    for (const family of families) {
      for (const kernelCase of [...family.perf, ...(includesEval ? family.eval : [])]) {
        if (!accepts(`${family.kernel.source.id}:${kernelCase.id}`)) continue;
        const subject = new BenchSubject(family, kernelCase);
        for (const { backend, context } of opened) {
          if (backend.kind === 'gpujs' && family.kernel.gpujs === undefined) continue;
          const record = await benchCase(backend, subject, context);
          onRecord?.(record);
          records.push(record);
        }
      }
    }
    const finished: BenchRecord[] = [];
    for (const { backend, context } of opened) {
      const peaks = better(context.measure.peaks, (await measure(backend)).peaks);
      const label = adapterLabel(benchAdapter(backend));
      if (backend.kind === 'gpujs') print(`${label}: ${backend.info.name}`);
      else
        print(
          `${label}: ${peaks.gbPerS?.toFixed(1) ?? '-'} GB/s copied, ${peaks.gflopPerS?.toFixed(1) ?? '-'} GFLOP/s`,
        );
      for (const record of records) if (adapterLabel(record.adapter) === label) finished.push(withPeaks(record, peaks));
    }
    return finished;
  } finally {
    for (const { backend } of opened) await backend[Symbol.asyncDispose]();
  }
}

/** Opens a target and measures its peaks; undefined, and a line, when it is not there or not worth measuring. */
async function openTarget(
  target: BenchTarget,
  isDefault: boolean,
  print: (text: string) => void,
  { open, policy, maxCaseBytes }: BenchOptions,
): Promise<OpenTarget | undefined> {
  const backend = await openBenchBackend(target, isDefault, print, open);
  if (backend === undefined) return undefined;
  const context = {
    versions: benchVersions(),
    measure: await measure(backend),
    ...(policy && { policy }),
    ...(maxCaseBytes !== undefined && { maxCaseBytes }),
  };
  return { backend, context };
}

/**
 * Opens a target; undefined, and a line to `print`, when it is not there, or is a software GPU that nobody asked for by
 * name (`isDefault`). The caller closes it.
 */
export async function openBenchBackend(
  target: BenchTarget,
  isDefault: boolean,
  print: (text: string) => void,
  open: OpenBackendOptions = {},
): Promise<Backend | undefined> {
  const { kind, options } = TARGETS[target];
  let backend: Backend;
  try {
    backend = await openBackend(kind, { ...open, ...options });
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    print(`${target}: not measured, ${error.message}`);
    return undefined;
  }
  if (isDefault && isSoftwareAdapter(backend.info)) {
    print(`${target}: not measured, ${backend.info.name} is software; ask for it by name to time it all the same`);
    await backend[Symbol.asyncDispose]();
    return undefined;
  }
  return backend;
}

/** gpu.js is a baseline: its kernels are compared with others', not with a peak of its own. */
async function measure(backend: Backend): Promise<BackendMeasure> {
  if (backend.kind === 'gpujs') return { clockStepNs: 0, peaks: { gbPerS: null, gflopPerS: null } };
  return measureBackend(backend, { copy: peakCopy, fma: peakFma });
}

function better(a: Peaks, b: Peaks): Peaks {
  const most = (x: number | null, y: number | null) => (x === null ? y : y === null ? x : Math.max(x, y));
  return { gbPerS: most(a.gbPerS, b.gbPerS), gflopPerS: most(a.gflopPerS, b.gflopPerS) };
}
