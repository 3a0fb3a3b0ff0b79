import { EffaceError } from '@efface/volume';
import { type ItemResult } from './run-item.ts';

/** What a run tells its worker processes. */
export type ToWorker =
  | { readonly kind: 'item'; readonly id: string }
  /** No more items: end when those in hand are done. */
  | { readonly kind: 'finish' };

/** What a worker process tells its run. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly backend: string }
  | { readonly kind: 'result'; readonly id: string; readonly durationMs: number; readonly result: ItemResult }
  /** The run cannot go on: nothing can be written, no backend, a defect. */
  | { readonly kind: 'stop'; readonly failure: WorkerFailure };

/** Ends a run: as the command line ends. */
export interface WorkerFailure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
}

/** A worker could not go on, for a reason that is not an item's. */
export class WorkerError extends EffaceError {
  readonly exitCode: number;

  constructor({ code, message, exitCode }: WorkerFailure) {
    super(code, 'internal', message);
    this.exitCode = exitCode;
  }
}
