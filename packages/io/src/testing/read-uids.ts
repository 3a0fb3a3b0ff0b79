import type { DataSet } from '../dicom/data-set.ts';
import { readDicomFile } from '../dicom/file.ts';
import { TAG } from '../dicom/tags.ts';

/** UIDs of a DICOM file. */
export interface FileUids {
  /** SOP Instance UID. */
  readonly instance: string;
  readonly series: string;
  /** Stored objects and series it names, at any depth, itself left out. */
  readonly referenced: readonly string[];
}

/** What a written file is and what it refers to. */
export async function readUids(path: string): Promise<FileUids> {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  const referenced: string[] = [];
  const walk = (dataSet: DataSet, isRoot: boolean): void => {
    if (dataSet.text(TAG.referencedSopClassUid)?.startsWith('1.2.840.10008.5.') ?? true)
      referenced.push(...dataSet.texts(TAG.referencedSopInstanceUid));
    if (!isRoot) referenced.push(...dataSet.texts(TAG.seriesInstanceUid));
    for (const { items } of dataSet.sorted()) for (const item of items ?? []) walk(item, false);
  };
  walk(file.dataSet, true);
  const own = (tag: number): string => file.dataSet.text(tag) ?? '';
  return { instance: own(TAG.sopInstanceUid), series: own(TAG.seriesInstanceUid), referenced };
}
