import { KernelError } from '../errors.ts';
import type { GpuJsArgument, GpuJsFunction, GpuJsPass } from './form.ts';
import type { GpuJsCompiled, GpuJsInstance, GpuJsLibrary, GpuJsResult } from './library.ts';

/** Compiled kernels hold memory for their arguments and results on most engines. Beyond 1 GiB the oldest go. */
const KEPT_FLOATS = 2 ** 28;

/** Compiled kernels kept at most. */
const KEPT = 64;

/** Rays and filters may take more steps than the 1000 gpu.js cuts loops of unknown length off at. */
const LOOP_LIMIT = 2 ** 24;

interface Program {
  readonly thread: GpuJsFunction;
  readonly compiled: GpuJsCompiled;
  readonly nFloats: number;
}

/** Compiles passes, one program for each thread function and shape, and runs them. */
export class GpuJsPrograms {
  readonly #library: GpuJsLibrary;
  readonly #gpu: GpuJsInstance;
  /** By label, sizes and types; the one used last comes last. */
  readonly #programs = new Map<string, Program>();
  #keptFloats = 0;

  constructor(library: GpuJsLibrary, gpu: GpuJsInstance) {
    this.#library = library;
    this.#gpu = gpu;
  }

  /** Runs a pass; its results are in place when the promise resolves. Throws KernelError when gpu.js cannot. */
  async run(label: string, pass: GpuJsPass): Promise<void> {
    const compiled = this.#compile(label, pass);
    const args = pass.args.map((value) => this.#argument(value));
    let result: GpuJsResult;
    try {
      // Awaited only where it must be: a turn of the event loop for every pass would be timed with it.
      const answer = compiled(...args);
      result = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      throw new KernelError(`${label}: gpu.js failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    const { mode } = compiled.kernel.constructor;
    if (mode !== this.#gpu.mode)
      throw new KernelError(
        `${label}: gpu.js left ${this.#gpu.mode} for ${mode}: ${compiled.kernel.fallbackReason ?? 'no reason given'}`,
      );
    const count = flatten(result, pass.into, 0);
    if (count !== pass.into.length)
      throw new KernelError(`${label}: gpu.js made ${count} numbers, ${pass.into.length} were asked for`);
  }

  /** Forgets all programs. */
  async dispose(): Promise<void> {
    this.#programs.clear();
    await this.#gpu.destroy();
  }

  #compile(label: string, pass: GpuJsPass): GpuJsCompiled {
    const key = [label, pass.thread.name, pass.output.join('×'), ...pass.args.map(typeAndSize)].join(' ');
    const known = this.#programs.get(key);
    // A form that is defined anew may have the same names.
    const isSame = known?.thread === pass.thread;
    if (known !== undefined) this.#forget(key, known, isSame);
    const program = isSame ? known : { thread: pass.thread, compiled: this.#create(pass), nFloats: nFloatsOf(pass) };
    this.#programs.set(key, program);
    this.#keptFloats += program.nFloats;
    for (const [oldest, old] of this.#programs) {
      if (old === program || (this.#keptFloats <= KEPT_FLOATS && this.#programs.size <= KEPT)) break;
      this.#forget(oldest, old, false);
    }
    return program.compiled;
  }

  #forget(key: string, { compiled, nFloats }: Program, isUsed: boolean): void {
    this.#programs.delete(key);
    this.#keptFloats -= nFloats;
    if (!isUsed) compiled.destroy();
  }

  #create({ thread, helpers, args, output }: GpuJsPass): GpuJsCompiled {
    return this.#gpu.createKernel(thread, {
      output,
      argumentTypes: args.map(typeOf),
      functions: helpers ?? [],
      loopMaxIterations: LOOP_LIMIT,
      precision: 'single',
    });
  }

  #argument(value: GpuJsArgument): unknown {
    if (typeof value === 'number') return value;
    return 'integer' in value ? value.integer : this.#library.input(value.values, value.size);
  }
}

function nFloatsOf({ args, into }: GpuJsPass): number {
  return args.reduce(
    (sum: number, arg) => sum + (typeof arg === 'object' && 'size' in arg ? arg.values.length : 1),
    into.length,
  );
}

function typeOf(value: GpuJsArgument): 'Input' | 'Float' | 'Integer' {
  if (typeof value === 'number') return 'Float';
  return 'integer' in value ? 'Integer' : 'Input';
}

function typeAndSize(value: GpuJsArgument): string {
  return typeof value === 'object' && 'size' in value ? value.size.join('×') : typeOf(value);
}

/** Copies nested results one after the other; returns where the next would go. */
function flatten(result: GpuJsResult, into: GpuJsPass['into'], offset: number): number {
  if (result instanceof Float32Array) {
    if (offset + result.length <= into.length) into.set(result, offset);
    return offset + result.length;
  }
  let end = offset;
  for (const part of result) end = flatten(part, into, end);
  return end;
}
