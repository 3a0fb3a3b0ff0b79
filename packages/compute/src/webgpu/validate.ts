import { type KernelError } from '../errors.ts';
import { type Kernel } from '../kernel.ts';
import { resolveConstants, variantLabel } from '../launch.ts';
import { openDevice } from './device.ts';
import { PipelineCache } from './pipelines.ts';

/** What a validation found. */
export interface ShaderValidation {
  /** Pipelines that were made: the different ones among the variants. */
  readonly pipelines: number;
  readonly problems: readonly KernelError[];
}

/**
 * Compiles a shader with each set of constants on Dawn's null device, which has the limits every WebGPU device has at
 * least, and checks it against its reflected layout. Needs no GPU. Throws BackendUnavailableError without Dawn.
 */
export async function validateShader(
  kernel: Kernel,
  variants: readonly Readonly<Record<string, number>>[],
): Promise<ShaderValidation> {
  const { device } = await openDevice({ validateOnly: true });
  try {
    const found: Promise<KernelError | undefined>[] = [];
    const cache = new PipelineCache(device, (problem) => found.push(problem));
    for (const variant of variants) {
      const constants = resolveConstants(kernel, variant);
      cache.get(kernel, { label: variantLabel(kernel, constants), constants });
    }
    const pipelines = cache.size;
    const problems = (await Promise.all(found)).filter((problem) => problem !== undefined);
    return { pipelines, problems };
  } finally {
    device.destroy();
  }
}
