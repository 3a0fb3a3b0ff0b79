import { emitExitCodes } from './exit-codes.ts';
import { emitKernelsPage } from './kernels-page.ts';
import { emitResultsPage } from './results-page.ts';

/** A document of the repository that is written from the code it describes. */
export interface GeneratedDocument {
  /** From the root of the repository. */
  readonly path: string;
  /** Its text, not yet formatted. */
  emit(): string | Promise<string>;
}

/** All of them; `npm run generate` writes each, `npm run generate:check` compares. */
export const documents: readonly GeneratedDocument[] = [
  { path: 'EXIT_CODES.md', emit: emitExitCodes },
  { path: 'docs/results-store.md', emit: emitResultsPage },
  { path: 'kernels/KERNELS.md', emit: emitKernelsPage },
];
