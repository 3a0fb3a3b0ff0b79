import { BackendUnavailableError } from '../errors.ts';
import { adviceFor, inspectGraphicsStack, lacksLoader } from './missing.ts';

/** Dawn's entry point; a machine without the native module gets a sentence. */
interface Dawn {
  /** The WebGPU instance with these flags. */
  readonly instance: (this: void, flags: readonly string[]) => GPU;
}

/**
 * Instances by their flags, kept for the life of the process: Dawn processes events of an instance in a later turn of
 * the event loop, and one that has been collected by then takes the process down. Kept instances do not keep the
 * process alive, devices that are not destroyed do.
 */
const instances = new Map<string, GPU>();

let loading: Promise<Dawn> | undefined;

async function loadDawn(): Promise<Dawn> {
  loading ??= import('webgpu').then(({ create, globals }) => {
    // WebGPU's constants and classes; nothing that a browser would not have.
    for (const [name, value] of Object.entries(globals)) {
      if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    const instance = (flags: readonly string[]): GPU => {
      const key = flags.join();
      const gpu = instances.get(key) ?? create([...flags]);
      instances.set(key, gpu);
      return gpu;
    };
    return { instance };
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

/** The adapter asked for by option or environment, if any. */
export function namedAdapter({ adapter = process.env['EFFACE_ADAPTER'] }: AdapterOptions): string | undefined {
  return adapter === '' ? undefined : adapter;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Finds the adapter. Throws BackendUnavailableError saying what there is instead and how to get one. */
export async function openAdapter(options: AdapterOptions = {}): Promise<GPUAdapter> {
  const flags: string[] = [];
  const wanted = namedAdapter(options);
  if (!options.validateOnly && wanted === undefined && lacksLoader())
    throw new BackendUnavailableError(`no WebGPU adapter; ${adviceFor(inspectGraphicsStack())}`);
  const { instance } = await loadDawn();
  if (options.validateOnly) flags.push('backend=null');
  else if (wanted !== undefined) flags.push(`adapter=${await fullName(wanted)}`);
  if (options.robustness === false) flags.push('enable-dawn-features=disable_robustness');
  // Quantised timestamps are too coarse to time a kernel.
  flags.push('disable-dawn-features=timestamp_quantization');
  let cause: unknown;
  try {
    const adapter = await instance(flags).requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) return adapter;
  } catch (error) {
    cause = error;
  }
  throw new BackendUnavailableError(`no WebGPU adapter; ${adviceFor(inspectGraphicsStack())}`, { cause });
}

/** Names of the adapters Dawn sees. Empty when there is none or Dawn cannot be loaded. */
export async function listAdapters(): Promise<string[]> {
  if (lacksLoader()) return [];
  try {
    const { instance } = await loadDawn();
    // Dawn lists what there is when it is asked for something that is not.
    await instance(['adapter=\u0001']).requestAdapter();
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
