import { basename, dirname } from 'node:path';
import { EffaceError, type Grid, type Modality } from '@efface/volume';
import type { ImageFormat } from '../format.ts';
import { InputNotFoundError } from '../input-errors.ts';
import type { Companion } from '../companion.ts';
import type { OpenOptions, Study, StudyEntry } from '../scan.ts';
import type { ScanWarning } from '../scan-warning.ts';
import { companionOf } from './companions/dicom-companion.ts';
import { companionKind } from './companions/kinds.ts';
import { type DataSet } from './data-set.ts';
import { loadDicomScan } from './dicom-scan.ts';
import { DicomError } from './errors.ts';
import { type DamagedFile, type DicomFile, hasDicomPrefix, readDicomFile } from './file.ts';
import { classOf, kindWithoutImage, type Slice, slicesOf } from './instance.ts';
import { FILES_AT_ONCE, forEachBounded } from './parallel.ts';
import { planTilted, type TiltedStack } from './resample.ts';
import { stackSlices } from './stack.ts';
import { TAG } from './tags.ts';
import { UidMap } from './uid-map.ts';
import { uidInWords } from './words.ts';

/** DICOM files of any name, grouped into series. */
export const dicomFormat: ImageFormat = {
  name: 'DICOM',
  claims: (path, start) => hasDicomPrefix(start) || /\.(dcm|dicom|ima)$/i.test(path),
  openFiles: openDicomFiles,
};

/** Files of one series in one frame of reference. */
interface Series {
  readonly id: string;
  readonly files: DicomFile[];
  readonly damaged: DamagedFile[];
}

async function openDicomFiles(paths: readonly string[], options: OpenOptions): Promise<Study> {
  const skipped: ScanWarning[] = [];
  const read = new Array<DicomFile | DamagedFile | undefined>(paths.length).fill(undefined);
  await forEachBounded(paths, FILES_AT_ONCE, async (path, n) => {
    try {
      read[n] = await readDicomFile(path);
    } catch (error) {
      if (!(error instanceof InputNotFoundError)) throw error;
      skipped.push({ code: error.code, message: error.message });
    }
  });
  const files = read.filter((file) => file !== undefined);
  const uids = new UidMap(options.uidKey);
  const known = new Set<string>();
  const companions: Companion[] = [];
  const images: (DicomFile | DamagedFile)[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const kind = 'error' in file ? undefined : companionKind(file, options.allowUncleaned ?? false);
    const uid = file.dataSet.text(TAG.sopInstanceUid) ?? file.path;
    const twin = seen.get(uid);
    if (kind === undefined || 'error' in file) {
      images.push(file);
      // What is never written leaves references to it dangling.
      if (classOf(file.dataSet.text(TAG.sopClassUid) ?? '') !== undefined) known.add(uid);
    } else if (twin !== undefined)
      skipped.push({
        code: 'DICOM_DUPLICATE_OBJECT',
        message: `${file.path}: is the same instance as ${twin}; it is left out`,
      });
    else {
      seen.set(uid, file.path);
      known.add(uid);
      companions.push(companionOf(kind, file, { uids, known }));
    }
  }
  const series = groupSeries(images, skipped);
  return { entries: series.map((one) => entryOf(one, uids, options)), companions, skipped };
}

function groupSeries(files: readonly (DicomFile | DamagedFile)[], skipped: ScanWarning[]): Series[] {
  const byKey = new Map<string, Series>();
  const damaged: DamagedFile[] = [];
  for (const file of files) {
    const { dataSet, path } = file;
    const sopClass = dataSet.text(TAG.sopClassUid) ?? '';
    const kind = isDirectory(dataSet) ? 'a DICOMDIR' : kindWithoutImage(sopClass);
    if (kind !== undefined) {
      skipped.push({ code: 'DICOM_NO_IMAGE', message: `${path}: is ${kind}, no image` });
      continue;
    }
    if ('error' in file) {
      damaged.push(file);
      continue;
    }
    if (!file.pixel && classOf(sopClass) === undefined) {
      skipped.push({ code: 'DICOM_NO_IMAGE', message: `${path}: has no pixels` });
      continue;
    }
    const id = dataSet.text(TAG.seriesInstanceUid) ?? path;
    const key = `${id} ${dataSet.text(TAG.frameOfReferenceUid) ?? ''} ${sopClass}`;
    const series = byKey.get(key) ?? { id, files: [], damaged: [] };
    byKey.set(key, series);
    series.files.push(file);
  }
  const all = [...byKey.values()];
  for (const file of damaged) {
    // A damaged slice spoils its series; one that does not say where it belongs stands for itself.
    const id = file.dataSet.text(TAG.seriesInstanceUid);
    const own = all.filter((series) => series.id === id);
    if (own.length > 0) own.forEach((series) => series.damaged.push(file));
    else all.push({ id: id ?? basename(file.path), files: [], damaged: [file] });
  }
  return all;
}

/** A DICOMDIR has a directory record sequence and no SOP class of its own in its data set. */
function isDirectory(dataSet: DataSet): boolean {
  return dataSet.has(0x00041220);
}

function entryOf(series: Series, uids: UidMap, options: OpenOptions): StudyEntry {
  const { dataSet, path } = series.files[0] ?? series.damaged[0];
  const modality: Modality = classOf(dataSet.text(TAG.sopClassUid) ?? '')?.modality ?? 'OT';
  const label = dataSet.label(TAG.seriesDescription) || dataSet.label(TAG.modality) || basename(path);
  const number = dataSet.text(TAG.seriesNumber);
  const frameOfReferenceUid = dataSet.text(TAG.frameOfReferenceUid);
  const folder = series.files.length > 1 ? dirname(path) : path;
  const failure = failureOf(series, folder, options);
  return {
    kind: 'dicom',
    label,
    id: series.id,
    // The last tells two frames of reference in one series apart.
    aliases: [number, frameOfReferenceUid].filter((alias) => alias !== undefined),
    modality,
    nFiles: series.files.length + series.damaged.length,
    files: [...series.files, ...series.damaged].map((file) => file.path).sort(),
    ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }),
    ...(failure ? { refusal: { code: failure.code, message: failure.message } } : {}),
    open: async () => {
      return loadDicomScan({
        label,
        path: folder,
        modality,
        ...stackOf(series, folder, options),
        uids,
        keepSourceReferences: options.keepSourceReferences ?? false,
      });
    },
  };
}

/** The grid of a series, and how to get there when it is tilted and may be resampled. */
function stackOf(
  series: Series,
  folder: string,
  options: OpenOptions,
): { readonly slices: readonly Slice[]; readonly grid: Grid; readonly tilted?: TiltedStack } {
  checkSeries(series);
  const slices = series.files.flatMap(slicesOf);
  try {
    return stackSlices(slices, folder);
  } catch (error) {
    const isTilt = error instanceof DicomError && error.code === 'DICOM_GANTRY_TILT';
    if (!isTilt || options.allowResample !== true) throw error;
  }
  const tilted = planTilted(slices, folder);
  return { slices: tilted.sorted.map(({ slice }) => slice), grid: tilted.grid, tilted };
}

/** What the headers alone tell is wrong. */
function failureOf(series: Series, folder: string, options: OpenOptions): EffaceError | undefined {
  try {
    stackOf(series, folder, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof EffaceError)) throw error;
    return error;
  }
}

function checkSeries({ files, damaged }: Series): void {
  if (damaged.length > 0) throw damaged[0].error;
  const seen = new Map<string, string>();
  for (const { dataSet, path } of files) {
    const sopClass = dataSet.text(TAG.sopClassUid) ?? '';
    if (classOf(sopClass) === undefined)
      throw new DicomError(
        'DICOM_NOT_VOLUMETRIC',
        path,
        `is no CT, MR or PET slice (SOP class ${uidInWords(sopClass)}); pictures of a head may show the face, ` +
          'so leave it out of what you share',
      );
    if (dataSet.texts(TAG.imageType)[2]?.toUpperCase() === 'LOCALIZER')
      throw new DicomError('DICOM_LOCALISER', path, 'is a localiser, no volume; leave it out of what you share');
    if (dataSet.text(TAG.burnedInAnnotation) === 'YES')
      throw new DicomError(
        'DICOM_BURNED_IN_ANNOTATION',
        path,
        'says that text is drawn into its pixels (0028,0301), which may name the patient; use the original slices',
      );
    if (dataSet.texts(TAG.imageType).includes('MOSAIC'))
      throw new DicomError('DICOM_NOT_VOLUMETRIC', path, 'is a mosaic of many slices in one picture; it is not read');
    const uid = dataSet.text(TAG.sopInstanceUid);
    if (uid === undefined || dataSet.text(TAG.seriesInstanceUid) === undefined)
      throw new DicomError('DICOM_BAD_FIELD', path, 'has no SOP or Series Instance UID (0008,0018), (0020,000e)');
    const twin = seen.get(uid);
    if (twin !== undefined)
      throw new DicomError('DICOM_DUPLICATE_SLICES', path, `is the same instance as ${twin}; remove one of them`);
    seen.set(uid, path);
  }
}
