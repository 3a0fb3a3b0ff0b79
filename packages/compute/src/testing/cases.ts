import type { Kernel, ParamValues } from '../kernel.ts';

/** Initial contents of one binding of a case. */
export interface CaseBuffer {
  /** Contents; for a binding that is only written, leave it out and give `sizeBytes`. */
  readonly init?: ArrayBufferView;
  readonly sizeBytes?: number;
  /** Element type under which a written binding is compared (default u32 for exact kernels, f32 otherwise). */
  readonly element?: 'u8' | 'u32' | 'i32' | 'f32';
}

/** One launch of a kernel with reproducible inputs. */
export interface KernelCase<P extends object = object, B extends string = string> {
  /** Paste-able, e.g. `size=[33,17,5];radius=[1,2,1]`: names and values, no blanks. */
  readonly id: string;
  readonly params: P & ParamValues;
  readonly constants?: Readonly<Record<string, number>>;
  /**
   * True when the order in which invocations run decides which of several right results comes out. Such a case can be
   * timed, not compared with the twin's result; where one is asked for, the kernel's first eval case is checked instead.
   */
  readonly hasManyResults?: boolean;
  /** Makes the buffers; the same seed gives the same bytes. */
  buffers(seed: number): Readonly<Record<B, CaseBuffer>>;
}

/** All cases of one kernel: `eval` for the twin check (small, odd, extreme), `perf` for the benchmark. */
export interface KernelCases<P extends object = object, B extends string = string> {
  readonly kernel: Kernel<P, B>;
  readonly eval: readonly KernelCase<P, B>[];
  readonly perf: readonly KernelCase<P, B>[];
}

/** Declares the cases of a kernel. Throws RangeError when two cases share an id, or an eval case has many results. */
export function defineCases<P extends object, B extends string>(
  kernel: Kernel<P, B>,
  cases: { readonly eval: readonly KernelCase<P, B>[]; readonly perf: readonly KernelCase<P, B>[] },
): KernelCases<P, B> {
  const seen = new Set<string>();
  for (const { id } of [...cases.eval, ...cases.perf]) {
    if (seen.has(id)) throw new RangeError(`${kernel.source.id}: two cases are called ${id}`);
    seen.add(id);
  }
  const unchecked = cases.eval.find(({ hasManyResults }) => hasManyResults);
  if (unchecked !== undefined) throw new RangeError(`${kernel.source.id}:${unchecked.id} has many results`);
  return { kernel, ...cases };
}
