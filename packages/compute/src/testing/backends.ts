import type { Backend, BackendKind } from '../backend.ts';
import { BackendUnavailableError } from '../errors.ts';
import type { GpuJsMode } from '../gpujs/library.ts';

/** How a backend is opened for tests. */
export interface OpenOptions {
  /** CPU: worker threads. */
  readonly threads?: number;
  /** CPU: see CpuBackendOptions. */
  readonly inlineBelowNs?: number;
  /** CPU: see CpuBackendOptions. */
  readonly slabNs?: number;
  /** WebGPU: false asks for a device that does not clamp out-of-range accesses. */
  readonly robustness?: boolean;
  /** gpu.js: see GpuJsBackendOptions. */
  readonly gpuJsMode?: GpuJsMode;
}

/** Opens a backend; throws BackendUnavailableError with the reason when there is none. */
export type OpenBackend = (kind: BackendKind, options: OpenOptions) => Promise<Backend>;

let openBackend: OpenBackend | undefined;

/**
 * Says how tests get their backends. Called once by the test set-up (tools/vitest-setup.ts), because the kernels the
 * workers know lie above this package.
 */
export function provideBackends(open: OpenBackend): void {
  openBackend = open;
}

/** A backend that tests run on. */
export interface TestTarget {
  readonly kind: BackendKind;
  /** Follows the backend's name in titles. */
  readonly note: string;
  readonly options: OpenOptions;
}

/** Three threads on any machine and the finest slabs: what depends on scheduling shows. */
export const CPU_THREADED: TestTarget = {
  kind: 'cpu',
  note: '3 threads',
  options: { threads: 3, inlineBelowNs: 0, slabNs: 0 },
};
export const CPU_ONE_THREAD: TestTarget = {
  kind: 'cpu',
  note: '1 thread',
  options: { threads: 1, inlineBelowNs: 0 },
};
export const WEBGPU: TestTarget = { kind: 'webgpu', note: '', options: {} };
export const WEBGPU_UNCLAMPED: TestTarget = { kind: 'webgpu', note: 'no robustness', options: { robustness: false } };

/** gpu.js on the engine it chooses itself: single precision. */
export const GPUJS: TestTarget = { kind: 'gpujs', note: '', options: {} };
/** gpu.js on its plain JavaScript engine: double precision. */
export const GPUJS_PLAIN: TestTarget = { kind: 'gpujs', note: '', options: { gpuJsMode: 'cpu' } };

/** An open backend, or why there is none. */
export type Opened =
  { readonly title: string; readonly backend: Backend } | { readonly title: string; readonly missing: string };

interface Use {
  readonly opened: Promise<Opened>;
  users: number;
}

const uses = new Map<TestTarget, Use>();

/**
 * Opens a target, once for all suites of a test file; each calls `closeTarget` when it is done. The title is
 * `kind: name`, as the test summary counts them.
 */
export function openTarget(target: TestTarget): Promise<Opened> {
  const use = uses.get(target) ?? { opened: open(target), users: 0 };
  use.users++;
  uses.set(target, use);
  return use.opened;
}

/** Closes a target when this was its last user. */
export async function closeTarget(target: TestTarget): Promise<void> {
  const use = uses.get(target);
  if (use === undefined || --use.users > 0) return;
  uses.delete(target);
  const opened = await use.opened;
  if ('backend' in opened) await opened.backend[Symbol.asyncDispose]();
}

async function open({ kind, note, options }: TestTarget): Promise<Opened> {
  if (openBackend === undefined)
    throw new RangeError(
      'no backends for tests: tools/vitest-setup.ts provides them, run vitest from the workspace root',
    );
  try {
    const backend = await openBackend(kind, options);
    const name = kind === 'cpu' ? note : [backend.info.name, note].filter((part) => part !== '').join(', ');
    return { title: `${kind}: ${name}`, backend };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    return { title: kind, missing: error.message };
  }
}
