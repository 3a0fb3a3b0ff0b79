import { type Backend } from '@efface/compute';
import {
  adapterLabel, alignedTable, benchAdapter, type BenchRecord, benchVersions, median, medianInterval, noiseOf, timeText,
} from '@efface/compute/bench'; // prettier-ignore
import { isSoftwareAdapter, type OpenBackendOptions } from '@efface/kernels/backends';
import { type BenchTarget, openBenchBackend } from '@efface/kernels/bench';
import { doseOperations } from './operations/doses.ts';
import { fieldOperations } from './operations/fields.ts';
import { maskOperations } from './operations/masks.ts';
import { type Operation, type PreparedOperation } from './operations/operation.ts';
import { pictureOperations } from './operations/pictures.ts';
import { registrationOperations } from './operations/registrations.ts';

export const OPERATIONS: readonly Operation[] = [
  ...doseOperations,
  ...fieldOperations,
  ...maskOperations,
  ...pictureOperations,
  ...registrationOperations,
];

/** Backends operations run on; not gpu.js, which has a part of the kernels only. */
export const OPERATION_TARGETS = ['cpu', 'cpu-1', 'webgpu'] as const satisfies readonly BenchTarget[];

/** One operation on one backend: a line of the results file. Times are the host's, waiting included. */
export interface OperationRecord extends Pick<
  BenchRecord,
  'schema' | 'adapter' | 'node' | 'dawn' | 'commit' | 'dirty' | 'samplesNs' | 'medianNs' | 'noise'
> {
  readonly operation: string;
  /** Against a closed form, in the same run; without it there is no time. */
  readonly refcheck: 'ok' | 'failed';
  readonly problem?: string;
  readonly goalMs: number | null;
}

export interface OperationOptions {
  readonly accepts?: (id: string) => boolean;
  /** Default all that are there, a software GPU only when named. */
  readonly targets?: readonly (typeof OPERATION_TARGETS)[number][];
  /** Longest sampling of one operation on one backend, s. Default 5. */
  readonly maxSeconds?: number;
  /** For every backend: a bundle says where its CPU workers are. */
  readonly open?: OpenBackendOptions;
  readonly onRecord?: (record: OperationRecord) => void;
}

/** Times operations on one backend after the other; `print` gets what is not measured and why. */
export async function benchOperations(
  print: (text: string) => void,
  { accepts = () => true, targets, maxSeconds = 5, open, onRecord }: OperationOptions = {},
): Promise<OperationRecord[]> {
  const records: OperationRecord[] = [];
  for (const operation of OPERATIONS) {
    if (!accepts(operation.id)) continue;
    for (const target of targets ?? OPERATION_TARGETS) {
      // A backend for each: inputs are large, and closing it gives them back.
      const backend = await openBenchBackend(target, targets === undefined, print, open);
      if (backend === undefined) continue;
      try {
        const record = await benchOperation(operation, backend, maxSeconds);
        onRecord?.(record);
        records.push(record);
      } finally {
        await backend[Symbol.asyncDispose]();
      }
    }
  }
  return records;
}

async function benchOperation(operation: Operation, backend: Backend, maxSeconds: number): Promise<OperationRecord> {
  const prepared = operation.prepare(backend);
  const problem = await prepared.check();
  const isJudged = backend.info.threads !== 1 && !isSoftwareAdapter(backend.info);
  const record = {
    schema: 1,
    operation: operation.id,
    adapter: benchAdapter(backend),
    ...benchVersions(),
    goalMs: (isJudged ? operation.goalMs?.[backend.kind] : undefined) ?? null,
  } as const;
  if (problem !== undefined)
    return { ...record, refcheck: 'failed', problem, samplesNs: [], medianNs: null, noise: null };
  const samplesNs = await sample(prepared, backend, maxSeconds);
  return { ...record, refcheck: 'ok', samplesNs, medianNs: median(samplesNs), noise: noiseOf(samplesNs) };
}

/** The check was the warm-up. At least three samples, at most 50 or until the time is up or they are within 2 %. */
async function sample(operation: PreparedOperation, backend: Backend, maxSeconds: number): Promise<number[]> {
  const samplesNs: number[] = [];
  const start = performance.now();
  for (;;) {
    const begin = process.hrtime.bigint();
    await operation.run();
    await backend.flush();
    samplesNs.push(Number(process.hrtime.bigint() - begin));
    if (samplesNs.length >= 50 || (samplesNs.length >= 10 && noiseOf(samplesNs) <= 0.02)) return samplesNs;
    if (samplesNs.length >= 3 && performance.now() - start > maxSeconds * 1000) return samplesNs;
  }
}

/** Records as aligned lines; a goal counts as met when the upper end of the median's 95 % interval lies below it. */
export function operationsTable(records: readonly OperationRecord[]): string {
  const rows = records.map(({ operation, adapter, medianNs, samplesNs, noise, goalMs, problem }) => {
    if (medianNs === null)
      return [operation, adapterLabel(adapter), '-', '-', '-', '-', '-', `wrong: ${problem ?? ''}`];
    const [low, high] = medianInterval(samplesNs);
    const goal = goalMs === null ? ['-', '-'] : [timeText(goalMs * 1e6), high <= goalMs * 1e6 ? 'met' : low > goalMs * 1e6 ? 'missed' : 'unclear']; // prettier-ignore
    return [operation, adapterLabel(adapter), timeText(medianNs), `${timeText(low)} to ${timeText(high)}`, `${((noise ?? 0) * 100).toFixed(1)}%`, String(samplesNs.length), ...goal]; // prettier-ignore
  });
  return alignedTable([['operation', 'on', 'median', '95 % of the median', 'noise', 'n', 'goal', 'verdict'], ...rows]);
}
