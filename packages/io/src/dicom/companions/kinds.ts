import type { CompanionKind } from '../../companion.ts';
import type { DicomFile } from '../file.ts';
import { classOf, kindWithoutImage } from '../instance.ts';
import { TAG } from '../tags.ts';

/** Storage classes of the objects that are written again (PS3.4 annex B). */
const KINDS: Readonly<Record<string, CompanionKind>> = {
  '1.2.840.10008.5.1.4.1.1.481.2': 'dose',
  '1.2.840.10008.5.1.4.1.1.481.3': 'structure set',
  '1.2.840.10008.5.1.4.1.1.481.5': 'plan',
  '1.2.840.10008.5.1.4.1.1.481.8': 'plan',
  '1.2.840.10008.5.1.4.1.1.66.1': 'registration',
  '1.2.840.10008.5.1.4.1.1.66.3': 'registration',
  '1.2.840.10008.5.1.4.1.1.66.4': 'segmentation',
  '1.2.840.10008.5.1.4.1.1.66.7': 'segmentation',
};

/**
 * What a file is beside the images; undefined for images, and for what may show the face unless `allowUncleaned`. A
 * DICOMDIR is never written again: it lists files by their old names.
 */
export function companionKind({ dataSet }: DicomFile, allowUncleaned: boolean): CompanionKind | undefined {
  const sopClass = dataSet.text(TAG.sopClassUid) ?? '';
  const known = KINDS[sopClass];
  if (known !== undefined || !allowUncleaned) return known;
  if (sopClass === '' || sopClass === '1.2.840.10008.1.3.10') return undefined;
  const isPicture =
    classOf(sopClass) === undefined ||
    kindWithoutImage(sopClass) !== undefined ||
    dataSet.texts(TAG.imageType)[2]?.toUpperCase() === 'LOCALIZER' ||
    dataSet.text(TAG.burnedInAnnotation) === 'YES';
  return isPicture ? 'uncleaned' : undefined;
}
