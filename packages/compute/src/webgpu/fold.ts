import { KernelError } from '../errors.ts';

/** Workgroups along one dimension of a dispatch (WebGPU's default limit, kept on every device). */
const MAX_WORKGROUPS = 65_535;

/**
 * Workgroup counts of one dispatch for a total: along x, then y, then z. The product is at least the total; shaders
 * guard the rest. Throws KernelError for what no grid holds.
 */
export function foldWorkgroups(total: number, max = MAX_WORKGROUPS): readonly [number, number, number] {
  if (!Number.isSafeInteger(total) || total < 1 || total > max ** 3)
    throw new KernelError(`a grid has 1 to ${max}³ workgroups, not ${total}`);
  // Nearly equal sides leave the fewest idle workgroups beyond the total.
  const z = Math.ceil(total / max ** 2);
  const perPlane = Math.ceil(total / z);
  const y = Math.ceil(perPlane / max);
  return [Math.ceil(perPlane / y), y, z];
}
