import { dicomFormat, findFiles, inputErrorFrom, InputNotFoundError, niftiFormat, readStart, type ScanWarning, START_BYTES } from '@efface/io'; // prettier-ignore
import { type Modality } from '@efface/volume';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import { type FoundInput, type FoundInputs } from './found-inputs.ts';
import { readCohortManifest } from './manifest.ts';

/**
 * What a cohort's input consists of.
 *
 * - A CSV or JSON file is a manifest: one row an image or study.
 * - A folder with `dataset_description.json` is a BIDS dataset: every image of anat, ct and pet is a case.
 * - Of any other folder, every NIfTI file is a case of its own, and so is every folder directly in it that holds DICOM, with all
 *   folders below (what belongs to a patient may lie in several studies). DICOM files directly in it make the whole a case.
 *
 * Folders of DICOM are numbered and not named: their names are often those of patients. Sorted, so that the same files give the
 * same list.
 * @throws InputNotFoundError for a path that is not there or without an image; ManifestError
 */
export async function discoverInputs(path: string): Promise<FoundInputs> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  const found = isFolder ? await inputsOfFolder(path) : await readCohortManifest(path);
  if (found.inputs.length === 0)
    throw new InputNotFoundError(
      'INPUT_EMPTY',
      `${path}: holds no image; ${found.leftOut.length} other files were seen`,
    );
  return found;
}

async function inputsOfFolder(root: string): Promise<FoundInputs> {
  const names = (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
  if (names.includes('dataset_description.json')) return bidsInputs(root);
  const { files, skipped } = await findFiles(root);
  const leftOut: ScanWarning[] = [...skipped];
  const nifti: string[] = [];
  const dicomFolders = new Set<string>();
  for (const file of files) {
    const [top] = relative(root, file).split(sep);
    const isDirect = !relative(root, file).includes(sep);
    if (dicomFolders.has(top) && !isDirect) continue;
    const format = await formatOf(file, leftOut);
    if (format === 'nifti') nifti.push(file);
    else if (format === 'dicom') dicomFolders.add(isDirect ? '' : top);
  }
  if (dicomFolders.has('')) {
    const only = { name: 'study-1', subject: 'study-1', session: '', path: root };
    return { kind: 'dicom', root, inputs: [only], leftOut };
  }
  const studies = [...dicomFolders].sort().map((top, n): FoundInput => {
    const name = `study-${String(n + 1).padStart(4, '0')}`;
    return { name, subject: name, session: '', path: join(root, top) };
  });
  const images = nifti
    .filter((file) => !dicomFolders.has(relative(root, file).split(sep)[0]))
    .map((file): FoundInput => {
      const name = withoutNiftiEnding(relative(root, file).split(sep).join('_'));
      const modality = BIDS_SUFFIXES.find(([suffix]) => suffix.test(name))?.[1];
      return { name, subject: name, session: '', path: file, ...(modality === undefined ? {} : { modality }) };
    });
  return { kind: studies.length > 0 ? 'dicom' : 'nifti', root, inputs: [...studies, ...images], leftOut };
}

async function formatOf(file: string, leftOut: ScanWarning[]): Promise<'nifti' | 'dicom' | undefined> {
  try {
    const start = await readStart(file, START_BYTES);
    if (await niftiFormat.claims(file, start)) return 'nifti';
    if (await dicomFormat.claims(file, start)) return 'dicom';
    return undefined;
  } catch (error) {
    if (!(error instanceof InputNotFoundError)) throw error;
    leftOut.push({ code: error.code, message: error.message });
    return undefined;
  }
}

/** What the suffix of a name says that follows BIDS, wherever the file lies. */
const BIDS_SUFFIXES: readonly (readonly [RegExp, Modality])[] = [
  [/_(T1w|T2w|PDw|T2starw|FLAIR|UNIT1|inplaneT1|inplaneT2|angio)$/, 'MR'],
  [/_ct$/, 'CT'],
  [/_pet$/, 'PT'],
];

const BIDS_FOLDERS: Readonly<Record<string, Modality>> = { anat: 'MR', ct: 'CT', pet: 'PT' };

/** Names of what is no intensity image of a head: masks, and parts of complex images, which no surface is drawn from. */
const BIDS_NO_HEAD = /_(defacemask|mask|dseg|probseg)$|_part-(phase|real|imag)(_|$)/;

/** Images of `sub-<label>[/ses-<label>]/{anat,ct,pet}`; derivatives and source data are not looked at. */
async function bidsInputs(root: string): Promise<FoundInputs> {
  const inputs: FoundInput[] = [];
  const leftOut: ScanWarning[] = [];
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory() || entry.isSymbolicLink()); // prettier-ignore
  for (const { name: subject } of folders.filter(({ name }) => name.startsWith('sub-')).sort(byName)) {
    const { files, skipped } = await findFiles(join(root, subject));
    leftOut.push(...skipped);
    for (const file of files) {
      const parts = relative(join(root, subject), file).split(sep);
      const session = parts[0].startsWith('ses-') ? parts[0] : '';
      const modality = BIDS_FOLDERS[parts[session === '' ? 0 : 1]];
      if (modality === undefined || !/\.nii(\.gz)?$/i.test(file)) continue;
      const name = withoutNiftiEnding(basename(file));
      if (BIDS_NO_HEAD.test(name))
        leftOut.push({ code: 'BIDS_NO_HEAD', message: `${file}: is named like a mask or a part of a complex image` }); // prettier-ignore
      else inputs.push({ name, subject, session, path: file, modality });
    }
  }
  return { kind: 'bids', root, inputs, leftOut };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** A file's name without what says its format. */
export function withoutNiftiEnding(name: string): string {
  return /\.gz$/i.test(name)
    ? withoutNiftiEnding(name.slice(0, -3))
    : extname(name).toLowerCase() === '.nii'
      ? name.slice(0, -4)
      : name;
}
