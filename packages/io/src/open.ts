import { EffaceError } from '@efface/volume';
import type { Companion } from './companion.ts';
import { dicomFormat } from './dicom/dicom-format.ts';
import { type ImageFormat, START_BYTES } from './format.ts';
import { InputNotFoundError } from './input-errors.ts';
import { findFiles, readStart } from './input-files.ts';
import { niftiFormat } from './nifti/nifti-format.ts';
import type { OpenOptions, Scan, Study, StudyEntry } from './scan.ts';
import type { ScanWarning } from './scan-warning.ts';

/** Formats in the order in which a file is offered to them. */
const FORMATS: readonly ImageFormat[] = [niftiFormat, dicomFormat];

/** How many names an error message lists. */
const LISTED = 20;

/** Characters of a name in such a list; file names have up to 255 bytes. */
const LONGEST_NAME = 255;

/** Several images where one was asked for, or none that `series` selects. */
export class ImageChoiceError extends EffaceError {
  constructor(code: 'INPUT_SEVERAL_IMAGES' | 'INPUT_SERIES_UNKNOWN', message: string) {
    super(code, 'usage', message);
  }
}

/**
 * Everything at a path: a file, or a folder with all folders below it. Voxels are not loaded. Files are told apart by
 * content, so names do not matter; hidden files are not looked at.
 * @throws InputNotFoundError when the path does not exist or holds no image of a known format
 */
export async function openStudy(path: string, options: OpenOptions = {}): Promise<Study> {
  const { files, skipped: unreadable } = await findFiles(path);
  const skipped: ScanWarning[] = [...unreadable];
  const claimed = new Map<ImageFormat, string[]>(FORMATS.map((format) => [format, []]));
  for (const file of files) {
    const format = await formatOf(file, skipped);
    if (format) claimed.get(format)?.push(file);
  }
  const entries: StudyEntry[] = [];
  const companions: Companion[] = [];
  for (const [format, paths] of claimed) {
    if (paths.length === 0) continue;
    const found = await format.openFiles(paths, options);
    // Not spread into calls: a folder may hold more files than a call takes arguments.
    for (const entry of found.entries) entries.push(entry);
    for (const companion of found.companions) companions.push(companion);
    for (const warning of found.skipped) skipped.push(warning);
  }
  if (entries.length === 0) throw noImage(path, files.length, [...companions.map(noImageItself), ...skipped]);
  return { entries, companions, skipped };
}

/**
 * The one image at a path, loaded; `options.series` chooses where there are several.
 * @throws InputNotFoundError as `openStudy`; ImageChoiceError; whatever the image's format refuses
 */
export async function openScan(path: string, options: OpenOptions = {}): Promise<Scan> {
  const { entries } = await openStudy(path, options);
  return chooseEntry(path, entries, options.series).open();
}

/** Refused images do not make a choice necessary, unless there are no others. */
function chooseEntry(path: string, entries: readonly StudyEntry[], series: string | undefined): StudyEntry {
  if (series !== undefined) {
    const matching = entries.filter((entry) => entry.id === series || entry.aliases.includes(series));
    if (matching.length === 0)
      throw new ImageChoiceError('INPUT_SERIES_UNKNOWN', `${path}: has no image "${series}". ${listing(entries)}`);
    return onlyOne(path, matching);
  }
  const usable = entries.filter((entry) => entry.refusal === undefined);
  return onlyOne(path, usable.length > 0 ? usable : entries);
}

function onlyOne(path: string, entries: readonly StudyEntry[]): StudyEntry {
  if (entries.length === 1) return entries[0];
  throw new ImageChoiceError(
    'INPUT_SEVERAL_IMAGES',
    `${path}: holds ${entries.length} images, one is needed; name one of them as series. ${listing(entries)}`,
  );
}

/** Names and UIDs come from files: terminals must not obey them. */
function printable(text: string): string {
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}…` : plain;
}

function listing(entries: readonly StudyEntry[]): string {
  const lines = entries.slice(0, LISTED).map((entry) => {
    const refusal = entry.refusal ? `, refused: ${entry.refusal.code}` : '';
    return `\n  ${printable(entry.id)} (${printable(entry.label)}, ${entry.modality}, ${entry.nFiles} files${refusal})`;
  });
  const more = entries.length > LISTED ? `\n  and ${entries.length - LISTED} more` : '';
  return `There are:${lines.join('')}${more}`;
}

async function formatOf(file: string, skipped: ScanWarning[]): Promise<ImageFormat | undefined> {
  try {
    const start = await readStart(file, START_BYTES);
    for (const format of FORMATS) if (await format.claims(file, start)) return format;
    skipped.push({ code: 'INPUT_UNKNOWN_FORMAT', message: `${file}: is no image efface reads` });
  } catch (error) {
    if (!(error instanceof InputNotFoundError)) throw error;
    skipped.push({ code: error.code, message: error.message });
  }
  return undefined;
}

function noImageItself({ path, kind }: Companion): ScanWarning {
  return { code: 'DICOM_NO_IMAGE', message: `${path}: is a ${kind}, no image` };
}

function noImage(path: string, nFiles: number, skipped: readonly ScanWarning[]): InputNotFoundError {
  const known = FORMATS.map((format) => format.name).join(' or ');
  if (nFiles === 0 && skipped.length === 0)
    return new InputNotFoundError('INPUT_EMPTY', `${path}: is empty; a ${known} image was expected`);
  const reasons = skipped.slice(0, LISTED).map(({ code, message }) => `\n  ${message} [${code}]`);
  const more = skipped.length > LISTED ? `\n  and ${skipped.length - LISTED} more` : '';
  return new InputNotFoundError('INPUT_NO_IMAGE', `${path}: holds no ${known} image.${reasons.join('')}${more}`);
}
