import { adapterLabel, alignedTable, type BenchRecord } from '@efface/compute/bench';
import { isSoftwareAdapter } from '@efface/kernels/backends';

/** One-pass kernels: what they do is little beside reading and writing. */
const ONE_PASS = ['structure-histogram', 'raster-intervals', 'intensity-apply', 'threshold-mask'];

/** Least share of the measured copy bandwidth of one-pass kernels, all threads of a CPU and a GPU. */
const LEAST_SHARE = { cpu: 0.6, webgpu: 0.7 } as const;

/** How many times the time of the CPU twin, all threads, gpu.js should take on the CPU. */
const LEAST_GPUJS_RATIO = 5;

/** A goal and how far a case is from it. */
export interface GoalVerdict {
  readonly goal: string;
  /** `<kernel>:<case>` and what it ran on. */
  readonly case: string;
  readonly measured: number;
  readonly wanted: number;
  readonly isMet: boolean;
}

/**
 * Holds the records of one run against the goals of kernels. Twins on one thread and software GPUs are not judged.
 * Goals of whole operations stand with those.
 */
export function judgeGoals(records: readonly BenchRecord[]): GoalVerdict[] {
  const judged = records.filter(({ adapter: { backend, name, threads }, medianNs }) => {
    const isJudged = backend === 'cpu' ? threads > 1 : !isSoftwareAdapter({ kind: backend, name });
    return isJudged && medianNs !== null;
  });
  const shares = judged.flatMap((record) => {
    const { kernel, adapter, shareOfPeakBandwidth: share } = record;
    if (adapter.backend === 'gpujs' || share === null || !ONE_PASS.includes(kernel)) return [];
    return [verdict(`${adapter.backend}: share of the copy peak`, record, share, LEAST_SHARE[adapter.backend])];
  });
  const key = ({ kernel, case: id, variant }: BenchRecord): string => JSON.stringify([kernel, id, variant]);
  const twins = new Map(
    judged.filter(({ adapter }) => adapter.backend === 'cpu').map((record) => [key(record), record]),
  );
  const ratios = judged.flatMap((record) => {
    const twinNs = twins.get(key(record))?.medianNs ?? null;
    if (adapterLabel(record.adapter) !== 'gpujs:cpu' || record.medianNs === null || twinNs === null) return [];
    return [verdict('times faster than gpu.js on the CPU', record, record.medianNs / twinNs, LEAST_GPUJS_RATIO)];
  });
  return [...shares, ...ratios];
}

function verdict(goal: string, { kernel, case: id }: BenchRecord, measured: number, wanted: number): GoalVerdict {
  return { goal, case: `${kernel}:${id}`, measured, wanted, isMet: measured >= wanted };
}

/** Verdicts as aligned lines; empty for none. */
export function goalsTable(verdicts: readonly GoalVerdict[]): string {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({ goal, case: id, measured, wanted, isMet }) => [
    goal,
    id,
    measured.toPrecision(3),
    `≥ ${wanted}`,
    isMet ? 'met' : 'missed',
  ]);
  return alignedTable([['goal', 'case', 'measured', 'wanted', ''], ...rows]);
}
