import { twinTimeNs } from '../cpu/slabs.ts';
import type { Kernel } from '../kernel.ts';
import { resolveConstants } from '../launch.ts';
import type { KernelCase } from './cases.ts';

/** Why a kernel is not run through gpu.js. */
export const NO_GPUJS_FORM = 'the kernel has no gpu.js form';

/** gpu.js makes a float of every 16 bits and takes 5 to 100 times a twin's time: larger cases would take minutes. */
const MAX_BYTES = 2 ** 24;
const MAX_TWIN_NS = 1e8;

/** Why a case is not checked through gpu.js; undefined when it can be. */
export function gpuJsMisfit(kernel: Kernel, { params, constants }: KernelCase): string | undefined {
  if (kernel.gpujs === undefined) return NO_GPUJS_FORM;
  const resolved = resolveConstants(kernel, constants);
  const cost = kernel.cost(params, resolved);
  if (cost.readBytes + cost.writeBytes > MAX_BYTES || twinTimeNs(cost) > MAX_TWIN_NS)
    return 'too large for a check through gpu.js';
  return kernel.gpujs.misfit?.(resolved);
}
