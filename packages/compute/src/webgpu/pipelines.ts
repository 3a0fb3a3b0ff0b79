import { KernelError } from '../errors.ts';
import { type Kernel } from '../kernel.ts';
import { type Launch } from '../launch.ts';

/** A compiled kernel variant. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Compiled {
  readonly module: GPUShaderModule;
  readonly layout: GPUBindGroupLayout;
  readonly pipelineLayout: GPUPipelineLayout;
}

/** `id:line:column: message` and the source line (imports resolved), for everything wrong in a shader. */
async function diagnostics(id: string, wgsl: string, module: GPUShaderModule): Promise<string> {
  const { messages } = await module.getCompilationInfo();
  const lines = wgsl.split('\n');
  return messages
    .filter(({ type }) => type === 'error')
    .map((m) => `${id}:${m.lineNum}:${m.linePos}: ${m.message}\n    ${lines[m.lineNum - 1] ?? ''}`)
    .join('\n');
}

/**
 * Pipelines by `<kernel-id>#<variant>`, shader modules and explicit layouts by kernel. Creation returns at once;
 * what the driver finds wrong is handed to `onProblem` as a promise, for the next flush to throw.
 */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #onProblem: (problem: Promise<KernelError | undefined>) => void;
  readonly #compiled = new Map<string, Compiled>();
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice, onProblem: (problem: Promise<KernelError | undefined>) => void) {
    this.#device = device;
    this.#onProblem = onProblem;
  }

  /** Number of pipelines made so far. */
  get size(): number {
    return this.#pipelines.size;
  }

  /** The pipeline of a launch, made on first use. */
  get<P extends object, B extends string>(kernel: Kernel<P, B>, launch: Pick<Launch, 'label' | 'constants'>): Pipeline {
    const cached = this.#pipelines.get(launch.label);
    if (cached) return cached;
    this.#device.pushErrorScope('validation');
    const { module, layout, pipelineLayout } = this.#compile(kernel);
    const pipeline = this.#device.createComputePipeline({
      label: launch.label,
      layout: pipelineLayout,
      compute: { module, entryPoint: 'main', constants: launch.constants },
    });
    const { id, wgsl } = kernel.source;
    this.#onProblem(
      this.#device.popErrorScope().then(async (error) => {
        if (!error) return undefined;
        const found = await diagnostics(id, wgsl, module);
        // Who tries again is told again, instead of that an object is invalid.
        this.#pipelines.delete(launch.label);
        this.#compiled.delete(id);
        return new KernelError(`${launch.label}: ${found === '' ? error.message : found}`);
      }),
    );
    const made = { pipeline, layout };
    this.#pipelines.set(launch.label, made);
    return made;
  }

  #compile<P extends object, B extends string>({ source }: Kernel<P, B>): Compiled {
    const cached = this.#compiled.get(source.id);
    if (cached) return cached;
    const layout = this.#device.createBindGroupLayout({
      label: source.id,
      entries: [
        {
          binding: 0,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: source.paramsSizeBytes },
        },
        ...source.bindings.map(({ binding, access }) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
        })),
      ],
    });
    const compiled = {
      module: this.#device.createShaderModule({ label: source.id, code: source.wgsl }),
      layout,
      pipelineLayout: this.#device.createPipelineLayout({ label: source.id, bindGroupLayouts: [layout] }),
    };
    this.#compiled.set(source.id, compiled);
    return compiled;
  }
}
