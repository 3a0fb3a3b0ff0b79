import type { CpuBuffer } from '../kernel.ts';

/**
 * `this` of a thread function. Thread (x, y, z) makes element (x, y, z) of the output, x fastest.
 */
export interface GpuJsThread {
  readonly thread: { readonly x: number; readonly y: number; readonly z: number };
}

/**
 * A function in the part of JavaScript that gpu.js transpiles: numbers, indexed arguments, `for`, `if`, `Math`, calls of
 * its helpers; nothing from the scope around it, since gpu.js sees its text only. A thread function returns a number, or
 * two to four of them as an array.
 */
export type GpuJsFunction = (this: GpuJsThread, ...values: never[]) => number | number[];

/** Element types gpu.js takes. Values a float holds exactly only: see GpuJsForm. */
export type GpuJsValues = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Float32Array;

/** A one- to three-dimensional input, x fastest; the thread function indexes it `[z][y][x]`. */
export interface GpuJsInput {
  readonly values: GpuJsValues;
  /** As many elements as values. */
  readonly size: readonly number[];
}

/** A number that takes part in integer arithmetic, |n| < 2³¹. */
export interface GpuJsInteger {
  readonly integer: number;
}

/** One argument of a thread function. A plain number is a float. */
export type GpuJsArgument = number | GpuJsInteger | GpuJsInput;

/** One run of a thread function. */
export interface GpuJsPass {
  readonly thread: GpuJsFunction;
  /** Functions that the thread function or another helper calls by name. */
  readonly helpers?: readonly GpuJsFunction[];
  readonly args: readonly GpuJsArgument[];
  /** Threads along x, y and z. */
  readonly output: readonly number[];
  /** Where the results go, in thread order; one element for each number a thread returns. */
  readonly into: Uint8Array | Uint16Array | Float32Array;
}

/** A launch as a form sees it: buffers are views of the bytes that stay as they are until the passes have run. */
export interface GpuJsLaunch<P extends object, B extends string> {
  readonly params: P;
  /** Override values by name, defaults filled in. */
  readonly constants: Readonly<Record<string, number>>;
  readonly buffers: Readonly<Record<B, CpuBuffer>>;
}

/**
 * How gpu.js computes a kernel from the kernel's own bindings and parameters: a formulation of its own, not the twin
 * called through, so that an error both the shader and the twin make does not pass three times.
 *
 * Numbers. gpu.js computes in f32 on every engine but its plain JavaScript one, which computes in doubles and rounds the
 * result to f32. Inputs are handed over as floats and results come back as floats, so whole numbers survive up to 2²⁴:
 * words of bits travel as 16-bit halves, and a thread makes a half at a time. A decision that two engines must make alike
 * rounds each operation (`Math.fround`, which costs nothing where arithmetic is f32; in WebGPU mode, where it is nothing,
 * a driver may still fuse a product into a sum). Whole numbers beyond 2²⁴ are
 * GpuJsInteger and must stay inside one expression ended by a bit operation: a variable would hold them as a float.
 */
export interface GpuJsForm<P extends object, B extends string> {
  /** Why a variant of the kernel has no gpu.js form; undefined when it has one. Default: all have. */
  misfit?(constants: Readonly<Record<string, number>>): string | undefined;
  /** The passes of one launch, run one after the other. Throws KernelUnsupportedError for volumes in several chunks. */
  passes(launch: GpuJsLaunch<P, B>): readonly GpuJsPass[];
}
