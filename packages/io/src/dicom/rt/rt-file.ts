import { DicomError } from '../errors.ts';
import { type DicomFile, readDicomFile } from '../file.ts';
import { TAG } from '../tags.ts';
import { uidInWords } from '../words.ts';

/** Storage classes of the radiotherapy objects that are read (PS3.4 annex B). */
export const RT_SOP_CLASS = {
  dose: '1.2.840.10008.5.1.4.1.1.481.2',
  structureSet: '1.2.840.10008.5.1.4.1.1.481.3',
} as const;

const NAMES = { dose: 'an RT dose', structureSet: 'an RT structure set' } as const;

/**
 * One file of the kind that is asked for, without its pixel data.
 * @throws InputNotFoundError when it cannot be opened; DicomError when it is damaged or something else
 */
export async function readRtFile(path: string, kind: keyof typeof RT_SOP_CLASS): Promise<DicomFile> {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  const sopClass = file.dataSet.text(TAG.sopClassUid) ?? '';
  if (sopClass !== RT_SOP_CLASS[kind])
    throw new DicomError(
      'DICOM_WRONG_OBJECT',
      path,
      `is not ${NAMES[kind]} (SOP class ${uidInWords(sopClass)}); give one`,
    );
  return file;
}
