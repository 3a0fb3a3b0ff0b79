import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Volume } from '@efface/volume';
import { outputErrorFrom } from '../../output/errors.ts';
import { part10, writeNew } from '../part10.ts';
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from '../transfer-syntax.ts';
import { doseFields } from './dose.ts';
import { dataSetOf, type Fields } from './fields.ts';
import { imageFields } from './image-series.ts';
import { StudyUids } from './modules.ts';
import { planFields } from './plan.ts';
import { registrationFields } from './registration.ts';
import { segmentationFields } from './segmentation.ts';
import { structureSetFields } from './structure-set.ts';
import type { StudyToWrite } from './study-to-write.ts';

/**
 * Writes a study as DICOM files into `folder`, which is made: CT/, MR/ and PET/ with a file per slice, RTSTRUCT.dcm,
 * RTPLAN.dcm, RTDOSE.dcm, SEG.dcm and, with an MR, REG.dcm. Everything refers to what is written beside it. The structure set is implicit little-endian:
 * explicit decimal strings end at 64 KiB, which one contour can outgrow. All else is explicit.
 * @returns paths of the files, in the order of writing
 * @throws RangeError for a dose without a plan and for images that are not of 16 bits; OutputError when writing fails
 */
export async function writeStudy(folder: string, study: StudyToWrite): Promise<string[]> {
  if (study.doseGy && !study.plan) throw new RangeError('a dose refers to a plan, and there is none');
  const uids = new StudyUids(study.uidKey);
  const files: string[] = [];
  const write = async (name: string, fields: Fields): Promise<void> => {
    const path = join(folder, name);
    try {
      const syntax = fields['Modality'] === 'RTSTRUCT' ? IMPLICIT_LITTLE_ENDIAN : EXPLICIT_LITTLE_ENDIAN;
      await writeNew(path, await part10(dataSetOf(fields), syntax, []));
    } catch (error) {
      throw outputErrorFrom(error, path);
    }
    files.push(path);
  };
  const writeImages = async (kind: 'ct' | 'mr' | 'pet', volume: Volume | undefined): Promise<void> => {
    if (!volume) return;
    const name = kind.toUpperCase();
    await mkdir(join(folder, name), { recursive: true });
    for (let k = 0; k < volume.grid.sizeIjk[2]; k++)
      await write(
        join(name, `${name}${String(k + 1).padStart(4, '0')}.dcm`),
        imageFields(study, uids, kind, volume, k),
      );
  };
  await writeImages('ct', study.ct);
  await writeImages('mr', study.mr);
  await writeImages('pet', study.pet);
  await write('RTSTRUCT.dcm', structureSetFields(study, uids));
  if (study.plan) await write('RTPLAN.dcm', planFields(study, uids, study.plan));
  if (study.doseGy) await write('RTDOSE.dcm', doseFields(study, uids, study.doseGy));
  if (study.segments) await write('SEG.dcm', segmentationFields(study, uids, study.segments));
  if (study.mr) await write('REG.dcm', registrationFields(study, uids, study.mr));
  return files;
}
