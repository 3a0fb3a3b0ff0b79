import { type Backend, type BackendKind } from '@efface/compute';

/** What people call: several launches, from buffers on the device to a result there or on the host. */
export interface Operation {
  /** `<operation>:<values>`. */
  readonly id: string;
  /** Most ms it should take; a goal for GPUs is for hardware of a data centre. */
  readonly goalMs?: Readonly<Partial<Record<BackendKind, number>>>;
  /** Puts the inputs on a backend. */
  prepare(backend: Backend): PreparedOperation;
}

/** An operation with its inputs on a backend, which stay until the backend is closed. */
export interface PreparedOperation {
  /** Records the work and releases its results; some wait for values on the way. */
  run(): void | Promise<void>;
  /** Runs it once and compares the result with a closed form: what is wrong, or undefined. */
  check(): Promise<string | undefined>;
}
