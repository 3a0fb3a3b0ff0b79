import type { Accuracy } from './accuracy.ts';
import type { GpuJsForm } from './gpujs/form.ts';

/** Scalar and vector types that a parameter struct may hold. */
export type ParamType =
  | 'u32' | 'i32' | 'f32' | 'vec2<u32>' | 'vec2<i32>' | 'vec2<f32>' | 'vec3<u32>' | 'vec3<i32>' | 'vec3<f32>'
  | 'vec4<u32>' | 'vec4<i32>' | 'vec4<f32>' | 'mat3x4<f32>' | 'mat4x4<f32>'; // prettier-ignore

/** One field of the `Params` struct, as reflected from the shader. */
export interface ParamField {
  /** TypeScript name: the WGSL name in camelCase. */
  readonly name: string;
  readonly type: ParamType;
  readonly offsetBytes: number;
}

/** One storage binding of group 0, as reflected from the shader. Binding 0 is always the uniform `params`. */
export interface StorageBinding {
  /** TypeScript name: the WGSL name in camelCase. */
  readonly name: string;
  readonly binding: number;
  readonly access: 'read' | 'read_write';
}

/** One `override` of the shader with its default. */
export interface OverrideInfo {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32' | 'bool';
  readonly defaultValue: number;
}

/** Values of a parameter struct: numbers or arrays of numbers by camelCase name. */
export type ParamValues = Readonly<Record<string, number | readonly number[]>>;

/**
 * Everything reflected from one `.wgsl` file: written to `<id>.gen.ts` by `npm run generate`, never by hand.
 * `P` is the generated interface of the params, `B` the union of storage binding names.
 */
export interface ShaderSource<P extends object = object, B extends string = string> {
  readonly id: string;
  /** Complete WGSL, imports resolved; entry point `main`. */
  readonly wgsl: string;
  readonly paramsSizeBytes: number;
  readonly params: readonly ParamField[];
  readonly bindings: readonly StorageBinding[];
  readonly overrides: readonly OverrideInfo[];
  /** Compile-time witness of P and B; never present at run time. A method, so that kernels fit lists of kernels. */
  types?(params: P): B;
}

/** One buffer as the CPU twin sees it: the same bytes under every element type. */
export interface CpuBuffer {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}

/** What a twin gets for one slab of its work. */
export interface CpuSlab<P extends object, B extends string> {
  readonly params: P;
  /** Override values by name, defaults filled in. */
  readonly constants: Readonly<Record<string, number>>;
  readonly buffers: Readonly<Record<B, CpuBuffer>>;
  /** First unit of this slab. */
  readonly begin: number;
  /** One past the last unit of this slab. */
  readonly end: number;
}

/**
 * The CPU twin. Units are iterations of its outermost loop; any slab split gives the same bytes (reductions use
 * integer atomics on the shared buffers). `run` must not allocate per voxel.
 */
export interface CpuKernel<P extends object, B extends string> {
  /** Number of units; the backend cuts [0, units) into slabs. */
  units(params: P): number;
  run(slab: CpuSlab<P, B>): void;
}

/** Work of one dispatch: what a perfect implementation must move and compute. */
export interface Cost {
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly flops: number;
}

/** A tuning axis: the values worth trying; the base value is the default. */
export interface TuningAxis {
  readonly values: readonly number[];
  readonly base: number;
}

/** The whole of one kernel: one shader with its twin, its grid, its cost and how exact it is. */
export interface Kernel<P extends object = object, B extends string = string> {
  readonly source: ShaderSource<P, B>;
  /** Override name to tuning axis. Tuning never changes results beyond the accuracy class. */
  readonly tuning: Readonly<Record<string, TuningAxis>>;
  /** Number of workgroups. The backend folds counts above the device's limit; shaders use `linear_invocation`. */
  workgroups(params: P, constants: Readonly<Record<string, number>>): number;
  cost(params: P, constants: Readonly<Record<string, number>>): Cost;
  readonly accuracy: Accuracy;
  readonly cpu: CpuKernel<P, B>;
  /** How gpu.js computes it, for kernels that compute each element by itself. */
  readonly gpujs?: GpuJsForm<P, B>;
}

/** Declares a kernel; P and B are inferred from the generated source. */
export function defineKernel<P extends object, B extends string>(kernel: Kernel<P, B>): Kernel<P, B> {
  for (const axis of Object.keys(kernel.tuning)) {
    if (!kernel.source.overrides.some((o) => o.name === axis))
      throw new RangeError(`${kernel.source.id}: tuning axis ${axis} is not an override of the shader`);
  }
  return kernel;
}

/** Workgroups of WG_X invocations that cover `invocations`; one at least, since a grid cannot be empty. */
export function workgroupsFor(invocations: number, constants: Readonly<Record<string, number>>): number {
  return Math.max(1, Math.ceil(invocations / constants['WG_X']));
}
