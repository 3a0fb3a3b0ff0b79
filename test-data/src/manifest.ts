import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One real file that tests use. */
export interface ManifestFile {
  /** Path below the shared folder, for `sharedPath`. */
  readonly path: string;
  readonly what: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** SPDX identifier where there is one. */
  readonly licence: string;
  /** Repository and commit, or collection. */
  readonly origin: string;
}

/** The real files of `manifest.json`. Needs the package's folder: not for bundles. */
export function manifestFiles(): readonly ManifestFile[] {
  const text = readFileSync(join(import.meta.dirname, '..', 'manifest.json'), 'utf8');
  return (JSON.parse(text) as { readonly files: readonly ManifestFile[] }).files;
}
