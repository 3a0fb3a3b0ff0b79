import { createRequire } from 'node:module';
import { BackendUnavailableError } from '../errors.ts';

/** Engines of gpu.js, best first in the order in which it chooses by itself; it never chooses `webgpu`. */
export type GpuJsMode = 'headlessgl' | 'webgl2' | 'webgl' | 'webasm' | 'cpu' | 'webgpu';

/** Results of a kernel: rows of floats, nested by dimension. */
export type GpuJsResult = Float32Array | readonly GpuJsResult[];

/** A compiled kernel. On some engines calls are asynchronous. */
export interface GpuJsCompiled {
  (...args: readonly unknown[]): GpuJsResult | Promise<GpuJsResult>;
  /** The kernel that ran last: gpu.js replaces it when its engine cannot take the work. */
  readonly kernel: {
    readonly constructor: { readonly mode?: GpuJsMode };
    readonly fallbackReason?: string | null;
  };
  destroy(): void;
}

/** Settings of a kernel that are used here. */
export interface GpuJsKernelSettings {
  readonly output: readonly number[];
  readonly argumentTypes: readonly ('Input' | 'Float' | 'Integer')[];
  readonly functions: readonly unknown[];
  readonly loopMaxIterations: number;
  readonly precision: 'single';
}

/** An instance of the library. */
export interface GpuJsInstance {
  readonly mode: GpuJsMode;
  createKernel(thread: unknown, settings: GpuJsKernelSettings): GpuJsCompiled;
  destroy(): Promise<void>;
}

/** What is used of gpu.js. Its own declarations need a browser's, and leave modes and results open. */
export interface GpuJsLibrary {
  readonly version: string;
  readonly GPU: new (settings: { readonly mode?: GpuJsMode }) => GpuJsInstance;
  readonly input: (values: ArrayLike<number>, size: readonly number[]) => object;
  /** The device all instances in WebGPU mode share. */
  readonly WebGPUContext: { destroy(): Promise<void> };
}

/**
 * Loads gpu.js, which nobody pays for who does not ask for it: it stays outside bundles, like other packages that are
 * found at run time. Throws BackendUnavailableError when it is not installed.
 */
export async function loadGpuJs(): Promise<GpuJsLibrary> {
  try {
    const library = (await import('gpu.js')) as unknown as Omit<GpuJsLibrary, 'version'>;
    const { version } = createRequire(import.meta.url)('gpu.js/package.json') as { readonly version: string };
    return { GPU: library.GPU, input: library.input, WebGPUContext: library.WebGPUContext, version };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BackendUnavailableError(
      `the npm package gpu.js cannot be loaded: ${message}; reinstall with \`npm ci\`, or use --backend cpu`,
      { cause: error },
    );
  }
}
