import { adapterLabel, benchTable, type BenchRecord, ratioTable } from '@efface/compute/bench';
import type { KernelCases } from '@efface/compute/testing';
import { benchFamilies } from '@efface/kernels/bench';
import { goalsTable, judgeGoals } from '@efface/benchmarks/goals';
import { benchOperations, type OperationRecord, operationsTable } from '@efface/benchmarks/operations';
import { jsonLines, type PartContext, type PartResult, perfCasesByInterest } from './part.ts';

/** The adapter first: it is what the others are compared with. */
const TARGETS = ['webgpu', 'cpu', 'cpu-1'] as const;

/** Times of a case on the adapter, on all threads of the processor and on one; null where there is none. */
interface CaseRatio {
  readonly kernel: string;
  readonly case: string;
  readonly webgpuNs: number | null;
  readonly cpuNs: number | null;
  readonly cpu1Ns: number | null;
  /** How many times the adapter's time the processor took. */
  readonly cpuOverWebgpu: number | null;
  readonly cpu1OverWebgpu: number | null;
}

/**
 * Perf cases on the adapter, the threads of the processor and one of them, one after the other: a case of each kernel,
 * then a second one of each, while there is time. Writes bench.jsonl, in the format of `npm run bench:kernels -- --json`,
 * and ratios.json.
 */
export async function benchKernels(context: PartContext): Promise<PartResult> {
  const { families, open, policy, versions, isOutOfTime, progress, print, save } = context;
  const rounds = inRounds(families, context);
  const seen: BenchRecord[] = [];
  let leftOut = 0;
  const measured = await benchFamilies(rounds, print, {
    targets: TARGETS,
    open,
    policy,
    // Rounds hold the cases asked for, and nothing else.
    accepts: () => {
      if (isOutOfTime()) leftOut++;
      return !isOutOfTime();
    },
    onRecord: (record) => {
      seen.push({ ...record, ...versions });
      progress(`bench  ${adapterLabel(record.adapter)} ${record.kernel}:${record.case}`);
      if (seen.length % 10 === 0) save('bench.jsonl', jsonLines(seen));
    },
  });
  const records = measured.map((record) => ({ ...record, ...versions }));
  const ratios = ratiosOf(records);
  save('bench.jsonl', jsonLines(records));
  save('ratios.json', `${JSON.stringify(ratios, null, 1)}\n`);
  print(`bench: times on the adapter\n${benchTable(records.filter(({ adapter }) => adapter.backend === 'webgpu'))}`);
  print(`\nbench: how many times the adapter's time the processor takes\n${ratioTable(records)}\n${means(ratios)}`);
  const goals = goalsTable(judgeGoals(records));
  if (goals !== '') print(`\nbench: goals\n${goals}`);
  const wrong = records.filter(({ refcheck }) => refcheck === 'failed').map((r) => `${r.kernel}:${r.case}`);
  return { wrong, leftOut };
}

/** Whole operations on the same backends, against closed forms and their goals. Writes operations.jsonl. */
export async function runOperations({
  accepts,
  open,
  versions,
  isOutOfTime,
  progress,
  print,
  save,
}: PartContext): Promise<PartResult> {
  const seen: OperationRecord[] = [];
  let leftOut = 0;
  await benchOperations(print, {
    targets: TARGETS,
    open,
    accepts: (id) => {
      if (!accepts(id)) return false;
      if (isOutOfTime()) leftOut++;
      return !isOutOfTime();
    },
    onRecord: (record) => {
      seen.push({ ...record, ...versions });
      progress(`operations  ${adapterLabel(record.adapter)} ${record.operation}`);
      save('operations.jsonl', jsonLines(seen));
    },
  });
  if (seen.length > 0) print(`operations\n${operationsTable(seen)}`);
  return { wrong: seen.filter(({ refcheck }) => refcheck === 'failed').map(({ operation }) => operation), leftOut };
}

/** Families of one case each: the first case of every kernel, then the second ones, and so on. */
function inRounds(families: readonly KernelCases[], context: PartContext): KernelCases[] {
  const ordered = families.map((family) => ({ family, perf: perfCasesByInterest(family, context) }));
  const rounds = Math.max(0, ...ordered.map(({ perf }) => perf.length));
  return Array.from({ length: rounds }, (_, round) =>
    ordered.flatMap(({ family, perf }) => (round < perf.length ? [{ ...family, perf: [perf[round]] }] : [])),
  ).flat();
}

function ratiosOf(records: readonly BenchRecord[]): CaseRatio[] {
  const over = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a / b);
  return records.flatMap((record) => {
    if (record.adapter.backend !== 'webgpu') return [];
    const { kernel, case: id, medianNs } = record;
    const cpus = records.filter((r) => r.kernel === kernel && r.case === id && r.adapter.backend === 'cpu');
    const cpuNs = cpus[0]?.medianNs ?? null;
    const cpu1Ns = cpus.find(({ adapter }) => adapter.threads === 1)?.medianNs ?? null;
    const cpuOverWebgpu = over(cpuNs, medianNs);
    return [
      { kernel, case: id, webgpuNs: medianNs, cpuNs, cpu1Ns, cpuOverWebgpu, cpu1OverWebgpu: over(cpu1Ns, medianNs) },
    ];
  });
}

function means(ratios: readonly CaseRatio[]): string {
  const line = (label: string, values: readonly (number | null)[]): string => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${label}: not measured`;
    const mean = Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length);
    const [least, mean3, most] = [Math.min(...known), mean, Math.max(...known)].map((value) => value.toPrecision(3));
    return `${label}: ${mean3} × in the geometric mean of ${known.length} cases (${least} to ${most})`;
  };
  return [
    line('all threads', ratios.map(({ cpuOverWebgpu }) => cpuOverWebgpu)),
    line('one thread', ratios.map(({ cpu1OverWebgpu }) => cpu1OverWebgpu)),
  ].join('\n'); // prettier-ignore
}
