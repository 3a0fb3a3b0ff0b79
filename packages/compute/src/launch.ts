import { type Dispatch } from './backend.ts';
import { KernelError } from './errors.ts';
import type { Kernel, OverrideInfo, ParamField, ParamType, ParamValues } from './kernel.ts';

/** A dispatch after its checks: the numbers exactly as the shader will see them. */
export interface Launch<P extends object = object> {
  /** `<kernel-id>#<variant>`, the variant being the constants that differ from their defaults, sorted by name. */
  readonly label: string;
  /** f32 fields rounded to f32. */
  readonly params: P;
  /** One value for each override of the shader. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Number of values in a field of the type. A mat3x4 is 3 columns of 4. */
export function paramLength(type: ParamType): number {
  if (type === 'mat3x4<f32>') return 12;
  if (type === 'mat4x4<f32>') return 16;
  return type.startsWith('vec') ? Number(type[3]) : 1;
}

/** Element type of a field. */
export function paramScalar(type: ParamType): 'u32' | 'i32' | 'f32' {
  return type.includes('u32') ? 'u32' : type.includes('i32') ? 'i32' : 'f32';
}

/**
 * Checks a dispatch against its kernel and returns the numbers as the device sees them. Used by every backend, so that
 * all refuse the same things. Throws KernelError for a missing or unknown parameter, constant or binding, a wrong
 * length, a number its type cannot hold, and NaN or infinity (shaders may assume there are none).
 */
export function resolveLaunch<P extends object, B extends string>(
  kernel: Kernel<P, B>,
  dispatch: Pick<Dispatch<P, B>, 'params' | 'constants' | 'buffers'>,
): Launch<P> {
  const { source } = kernel;
  for (const { name } of source.bindings) {
    if (!(name in dispatch.buffers)) throw new KernelError(`${source.id}: no buffer for binding ${name}`);
  }
  for (const name of Object.keys(dispatch.buffers)) {
    if (!source.bindings.some((b) => b.name === name))
      throw new KernelError(`${source.id}: ${name} is not a binding of the shader`);
  }
  const constants = resolveConstants(kernel, dispatch.constants);
  return {
    label: variantLabel(kernel, constants),
    params: resolveParams(source.id, source.params, dispatch.params) as P,
    constants,
  };
}

/** Every override with its value: what the caller gave, else the default. Throws KernelError for unknown names. */
export function resolveConstants<P extends object, B extends string>(
  kernel: Kernel<P, B>,
  given: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const { id, overrides } = kernel.source;
  for (const name of Object.keys(given)) {
    if (!overrides.some((o) => o.name === name))
      throw new KernelError(`${id}: ${name} is not an override of the shader`);
  }
  const constants: Record<string, number> = {};
  for (const { name, type, defaultValue } of overrides)
    constants[name] = resolveNumber(`${id}: override ${name}`, type, given[name] ?? defaultValue);
  return constants;
}

/** `<kernel-id>#<variant>`: the same string labels pipelines, timings and errors on every backend. */
export function variantLabel<P extends object, B extends string>(
  kernel: Kernel<P, B>,
  constants: Readonly<Record<string, number>>,
): string {
  const variant = kernel.source.overrides
    .filter(({ name, defaultValue }) => (constants[name] ?? defaultValue) !== defaultValue)
    .map(({ name }) => `${name}=${constants[name]}`)
    .sort();
  return `${kernel.source.id}#${variant.join(',')}`;
}

function resolveParams(id: string, fields: readonly ParamField[], given: ParamValues): ParamValues {
  for (const name of Object.keys(given)) {
    if (!fields.some((f) => f.name === name)) throw new KernelError(`${id}: ${name} is not a field of Params`);
  }
  const params: Record<string, number | readonly number[]> = {};
  for (const { name, type } of fields) {
    const value = given[name];
    const what = `${id}: parameter ${name}`;
    const scalar = paramScalar(type);
    const length = paramLength(type);
    if (length === 1) {
      if (typeof value !== 'number') throw new KernelError(`${what} is a ${type}, not ${describe(value)}`);
      params[name] = resolveNumber(what, scalar, value);
    } else {
      if (typeof value !== 'object' || value.length !== length)
        throw new KernelError(`${what} is a ${type}: ${length} numbers, not ${describe(value)}`);
      params[name] = Array.from(value, (v) => resolveNumber(what, scalar, v));
    }
  }
  return params;
}

function resolveNumber(what: string, type: OverrideInfo['type'], value: number): number {
  if (!Number.isFinite(value)) throw new KernelError(`${what} is ${value}; shaders get finite numbers only`);
  if (type === 'f32') {
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded)) throw new KernelError(`${what} is ${value}, beyond f32`);
    return rounded;
  }
  const [low, high] = type === 'u32' ? [0, 0xffffffff] : type === 'i32' ? [-0x80000000, 0x7fffffff] : [0, 1];
  if (!Number.isInteger(value) || value < low || value > high)
    throw new KernelError(`${what} is a ${type} and cannot be ${value}`);
  return value;
}

function describe(value: number | readonly number[] | undefined): string {
  return typeof value === 'object' ? `${value.length} numbers` : String(value);
}
