import { dicomFormat } from '../dicom-format.ts';
import { START_BYTES } from '../../format.ts';
import { InputNotFoundError } from '../../input-errors.ts';
import { findFiles, readStart } from '../../input-files.ts';
import { readDicomFile } from '../file.ts';
import { FILES_AT_ONCE, forEachBounded } from '../parallel.ts';
import { SEG_SOP_CLASSES } from '../seg/read-segmentation.ts';
import { TAG } from '../tags.ts';
import { RT_SOP_CLASS } from './rt-file.ts';

/** Radiotherapy objects and segmentations of a study. */
export interface RtObjects {
  /** Paths of RT Structure Sets, sorted within each folder. */
  readonly structureSets: readonly string[];
  /** Paths of RT Doses. */
  readonly doses: readonly string[];
  /** Paths of segmentations. */
  readonly segmentations: readonly string[];
}

/**
 * Radiotherapy objects and segmentations at a path: a file, or a folder with all folders below it. Content decides, names
 * do not matter. A damaged one is listed when it still says what it is; files that cannot be opened are `openStudy`'s to
 * name.
 * @throws InputNotFoundError when the path does not exist
 */
export async function findRtObjects(path: string): Promise<RtObjects> {
  const { files } = await findFiles(path);
  const classes = new Array<string | undefined>(files.length).fill(undefined);
  await forEachBounded(files, FILES_AT_ONCE, async (file, n) => {
    try {
      if (!(await dicomFormat.claims(file, await readStart(file, START_BYTES)))) return;
      classes[n] = (await readDicomFile(file)).dataSet.text(TAG.sopClassUid);
    } catch (error) {
      if (!(error instanceof InputNotFoundError)) throw error;
    }
  });
  const ofClass = (...uids: readonly string[]): string[] => files.filter((_, n) => uids.includes(classes[n] ?? ''));
  return {
    structureSets: ofClass(RT_SOP_CLASS.structureSet),
    doses: ofClass(RT_SOP_CLASS.dose),
    segmentations: ofClass(...SEG_SOP_CLASSES),
  };
}
