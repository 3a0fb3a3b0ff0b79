import { basename } from 'node:path';
import { EffaceError } from '@efface/volume';
import type { ImageFormat } from '../format.ts';
import type { OpenOptions, StudyEntry } from '../scan.ts';
import type { ScanWarning } from '../scan-warning.ts';
import { sniffNifti } from './header.ts';
import { isNiftiFile, openNifti, readNiftiHeader } from './nifti-scan.ts';

/** NIfTI-1 and NIfTI-2, one image per file, by name or by content. */
export const niftiFormat: ImageFormat = {
  name: 'NIfTI',
  async claims(path, start) {
    if (/\.nii(\.gz)?$/i.test(path) || sniffNifti(start) !== undefined) return true;
    const isGzip = start[0] === 0x1f && start[1] === 0x8b;
    return isGzip && (await isNiftiFile(path));
  },
  async openFiles(paths, options) {
    const entries: StudyEntry[] = [];
    for (const path of paths) entries.push(await entryOf(path, options));
    return { entries, companions: [], skipped: [] };
  },
};

async function entryOf(path: string, options: OpenOptions): Promise<StudyEntry> {
  const refusal = await refusalOf(path, options);
  return {
    kind: 'nifti',
    label: basename(path),
    id: basename(path),
    aliases: [path],
    modality: options.modality ?? 'OT',
    nFiles: 1,
    files: [path],
    ...(refusal ? { refusal } : {}),
    open: () => openNifti(path, options),
  };
}

/** What the header alone tells is wrong. */
async function refusalOf(path: string, options: OpenOptions): Promise<ScanWarning | undefined> {
  try {
    await readNiftiHeader(path, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof EffaceError)) throw error;
    return { code: error.code, message: error.message };
  }
}
