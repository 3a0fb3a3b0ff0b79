import { BackendUnavailableError } from '../errors.ts';
import { adviceFor, inspectGraphicsStack } from './missing.ts';

/** Dawn's entry point; a machine without the native module gets a sentence. */
interface Dawn {
  readonly create: (this: void, flags: string[]) => GPU;
}

let loading: Promise<Dawn> | undefined;

async function loadDawn(): Promise<Dawn> {
  loading ??= import('webgpu').then(({ create, globals }) => {
    // WebGPU's constants and classes; nothing that a browser would not have.
    for (const [name, value] of Object.entries(globals)) {
      if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    return { create };
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
  /** Part of the adapter's name; the system's own choice otherwise. Default: environment EFFACE_ADAPTER. */
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

/** The adapter asked for by option or environment, if any. */
export function namedAdapter({ adapter = process.env['EFFACE_ADAPTER'] }: AdapterOptions): string | undefined {
  return adapter === '' ? undefined : adapter;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Finds the adapter. Throws BackendUnavailableError saying what there is instead and how to get one. */
export async function openAdapter(options: AdapterOptions = {}): Promise<OpenAdapter> {
  const { create } = await loadDawn();
  const flags: string[] = [];
  const wanted = namedAdapter(options);
  if (options.validateOnly) flags.push('backend=null');
  else if (wanted !== undefined) flags.push(`adapter=${await fullName(wanted)}`);
  if (options.robustness === false) flags.push('enable-dawn-features=disable_robustness');
  // Quantised timestamps are too coarse to time a kernel.
  flags.push('disable-dawn-features=timestamp_quantization');
  let cause: unknown;
  try {
    const gpu = create(flags);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) return { gpu, adapter };
  } catch (error) {
    cause = error;
  }
  throw new BackendUnavailableError(`no WebGPU adapter; ${adviceFor(inspectGraphicsStack())}`, { cause });
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

/** The adapter's name from any part of it, capitals or not. */
async function fullName(part: string): Promise<string> {
  const names = await listAdapters();
  const found = names.find((name) => name.toLowerCase().includes(part.toLowerCase()));
  if (found !== undefined) return found;
  const advice = names.length > 0 ? `there is ${names.join(', ')}` : adviceFor(inspectGraphicsStack());
  throw new BackendUnavailableError(`no WebGPU adapter called ${part}; ${advice}`);
}
