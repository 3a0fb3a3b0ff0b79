import { type BackendKind, BackendUnavailableError } from '@efface/compute';
import { benchCase, type BenchRecord, benchTable, benchVersions, measureBackend, type SamplePolicy } from '@efface/compute/bench'; // prettier-ignore
import type { KernelCases } from '@efface/compute/testing';
import { openBackend } from './backends.ts';
import { peakCopy } from './peak-copy/peak-copy.ts';
import { peakFma } from './peak-fma/peak-fma.ts';

/** What to measure, and how long. */
export interface BenchOptions {
  /** Only cases whose `<kernel-id>:<case-id>` contains this. */
  readonly filter?: string;
  /** Default both; one that is not there is reported and left out. */
  readonly kinds?: readonly BackendKind[];
  readonly policy?: SamplePolicy;
  /** See BenchContext. */
  readonly maxCaseBytes?: number;
  /** Measures the eval cases too: they are small, their times mostly what a launch costs. */
  readonly includesEval?: boolean;
}

/**
 * Benchmarks the perf cases of some families on each backend that is there, the peaks of the backend first. `print`
 * gets the tables and what was left out, line by line. Returns the records.
 */
export async function benchFamilies(
  families: readonly KernelCases[],
  print: (text: string) => void,
  options: BenchOptions = {},
): Promise<BenchRecord[]> {
  const { filter = '', kinds = ['cpu', 'webgpu'], policy, maxCaseBytes, includesEval = false } = options;
  const versions = benchVersions();
  const selected = families.flatMap((family) =>
    [...family.perf, ...(includesEval ? family.eval : [])]
      .filter(({ id }) => `${family.kernel.source.id}:${id}`.includes(filter))
      .map((kernelCase) => ({ family, kernelCase })),
  );
  const all: BenchRecord[] = [];
  for (const kind of kinds) {
    try {
      await using backend = await openBackend(kind);
      const measure = await measureBackend(backend, { copy: peakCopy, fma: peakFma });
      const { gbPerS, gflopPerS } = measure.peaks;
      const records: BenchRecord[] = [];
      for (const { family, kernelCase } of selected)
        records.push(
          await benchCase(backend, family, kernelCase, {
            versions,
            measure,
            ...(policy && { policy }),
            ...(maxCaseBytes !== undefined && { maxCaseBytes }),
          }),
        );
      print(
        `${benchTable(records)}\npeaks: ${gbPerS?.toFixed(1) ?? '-'} GB/s, ${gflopPerS?.toFixed(1) ?? '-'} GFLOP/s\n`,
      );
      all.push(...records);
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      print(`${kind}: not measured, ${error.message}\n`);
    }
  }
  return all;
}
