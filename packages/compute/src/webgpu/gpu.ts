import { BackendUnavailableError } from '../errors.ts';

/** Dawn's entry point and constants, loaded once; a machine without the native module gets a sentence. */
interface Dawn {
  readonly create: (flags: string[]) => GPU;
}

let loading: Promise<Dawn> | undefined;

async function loadDawn(): Promise<Dawn> {
  loading ??= import('webgpu').then(({ create, globals }) => {
    // WebGPU's constants and classes; nothing that a browser would not have.
    for (const [name, value] of Object.entries(globals)) {
      if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    return { create: create as Dawn['create'] };
  });
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw new BackendUnavailableError(
      `the npm package webgpu (Dawn) cannot be loaded on ${process.platform} ${process.arch}: ${messageOf(error)}; ` +
        'reinstall with `npm ci`, or use --backend cpu',
      { cause: error },
    );
  }
}

/** Which adapter to use and how. */
export interface AdapterOptions {
  /** Part of the adapter's name; the first of the driver's list otherwise. Default: environment EFFACE_ADAPTER. */
  readonly adapter?: string;
  /** False lets shaders read and write out of bounds, to see whether they do. Default true. */
  readonly robustness?: boolean;
  /** Dawn's null backend: validates everything, computes nothing. */
  readonly validateOnly?: boolean;
}

/** An adapter and the object that must be kept as long as its devices live. */
export interface OpenAdapter {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
}

const HOW_TO_GET_ONE =
  'install a Vulkan driver and its loader (Debian: mesa-vulkan-drivers or the vendor’s driver, and libvulkan1), ' +
  'run under `npm run software-gpu --`, or use --backend cpu';

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Finds the adapter. Throws BackendUnavailableError saying what there is instead and how to get one. */
export async function openAdapter(options: AdapterOptions = {}): Promise<OpenAdapter> {
  const { create } = await loadDawn();
  const name = options.adapter ?? process.env['EFFACE_ADAPTER'];
  const flags: string[] = [];
  if (options.validateOnly) flags.push('backend=null');
  else if (name) flags.push(`adapter=${name}`);
  if (options.robustness === false) flags.push('enable-dawn-features=disable_robustness');
  // Quantised timestamps are too coarse to time a kernel.
  flags.push('disable-dawn-features=timestamp_quantization');
  let adapter: GPUAdapter | null = null;
  let gpu: GPU | undefined;
  try {
    gpu = create(flags);
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    throw new BackendUnavailableError(
      `no WebGPU adapter${name ? ` called ${name}` : ''} (${messageOf(error).trim()}); ${HOW_TO_GET_ONE}`,
      { cause: error },
    );
  }
  if (!adapter) throw new BackendUnavailableError(`no WebGPU adapter; ${HOW_TO_GET_ONE}`);
  return { gpu, adapter };
}

/** Names of the adapters Dawn sees. Empty when there is none or Dawn cannot be loaded. */
export async function listAdapters(): Promise<string[]> {
  try {
    const { create } = await loadDawn();
    // Dawn lists what there is when it is asked for something that is not.
    await create(['adapter=\u0001']).requestAdapter();
    return [];
  } catch (error) {
    return [...messageOf(error).matchAll(/name: '([^']+)'/g)].map((match) => match[1]);
  }
}
