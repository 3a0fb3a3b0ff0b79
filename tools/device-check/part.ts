import type { Kernel } from '@efface/compute';
import type { BenchRecord, SamplePolicy } from '@efface/compute/bench';
import { type KernelCase, type KernelCases } from '@efface/compute/testing';
import type { OpenBackendOptions } from '@efface/kernels/backends';

/** What a part of the check is given. */
export interface PartContext {
  readonly families: readonly KernelCases[];
  /** Whether a name, `<kernel-id>:<case-id>` or that of an operation, was asked for. */
  readonly accepts: (name: string) => boolean;
  readonly open: OpenBackendOptions;
  readonly policy: SamplePolicy;
  /** For the records; where the check runs there is no git. */
  readonly versions: Versions;
  /** Cases that move more are left out. */
  readonly maxBytes: number;
  readonly isOutOfTime: () => boolean;
  /** Progress, on the terminal only. */
  readonly progress: (text: string) => void;
  /** What people want to read: on the terminal and in summary.txt. */
  readonly print: (text: string) => void;
  /** Writes a file beside the summary; called again and again, since the machine may be taken away. */
  readonly save: (file: string, text: string) => void;
}

/** What every record carries. */
export type Versions = Pick<BenchRecord, 'node' | 'dawn' | 'commit' | 'dirty'>;

/** How a part went. */
export interface PartResult {
  /** Names of what gave a wrong result. */
  readonly wrong: readonly string[];
  /** How many were asked for and left out, for want of time. */
  readonly leftOut: number;
}

/** `<kernel-id>:<case-id>`. */
export function caseName({ source }: Kernel, kernelCase: KernelCase): string {
  return `${source.id}:${kernelCase.id}`;
}

/**
 * Perf cases of a kernel that were asked for and fit, the one in the middle by size first, then the others from the
 * largest down: where time runs out, each kernel has been measured at a size that says something.
 */
export function perfCasesByInterest({ kernel, perf }: KernelCases, { accepts, maxBytes }: PartContext): KernelCase[] {
  const bytesOf = ({ params, constants }: KernelCase): number => {
    const defaults = Object.fromEntries(kernel.source.overrides.map(({ name, defaultValue }) => [name, defaultValue]));
    const { readBytes, writeBytes } = kernel.cost(params, { ...defaults, ...constants });
    return readBytes + writeBytes;
  };
  const sorted = perf
    .filter((kernelCase) => accepts(caseName(kernel, kernelCase)) && bytesOf(kernelCase) <= maxBytes)
    .sort((a, b) => bytesOf(a) - bytesOf(b));
  const middle = sorted.splice(Math.floor((sorted.length - 1) / 2), 1);
  return [...middle, ...sorted.reverse()];
}

/** Values as lines of JSON. */
export function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
