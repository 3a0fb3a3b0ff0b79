import { findRtObjects, openScan, readDose } from '@efface/io';
import { EffaceError, type ExitReason, type Volume } from '@efface/volume';
import { openImage } from '../structures/structure-groups.ts';

const REASONS = {
  /** No dose at the path. */
  DOSE_NONE: 'inputNotFound',
  /** More than one dose at the path. */
  DOSE_SEVERAL: 'inputRefused',
  /** The doses are in different frames of reference. */
  DOSE_OTHER_FRAME: 'inputRefused',
  /** The evaluated dose covers nothing of what is to be judged. */
  DOSE_APART: 'inputRefused',
} as const satisfies Record<string, ExitReason>;

/** Doses that cannot be compared; the message names the path. */
export class DoseInputError extends EffaceError {
  constructor(code: keyof typeof REASONS, message: string) {
    super(code, REASONS[code], message);
  }
}

/** A dose and where it came from. */
export interface OpenedDose {
  readonly path: string;
  /** Real values in Gy. */
  readonly volume: Volume;
  readonly frameOfReferenceUid?: string;
}

const NRRD_FILE = /\.(nrrd|nhdr)$/i;
const NIFTI_FILE = /\.nii(\.gz)?$/i;

/**
 * The dose at a path: a DICOM RT Dose, a folder with one, or a NRRD or NIfTI file whose real values are Gy.
 * @throws DoseInputError DOSE_NONE or DOSE_SEVERAL, and what the readers throw
 */
export async function openDose(path: string): Promise<OpenedDose> {
  if (NRRD_FILE.test(path)) return inGy(path, (await openImage(path, { modality: 'OT' })).volume);
  if (NIFTI_FILE.test(path)) return inGy(path, (await openScan(path, { modality: 'OT' })).volume);
  const { doses } = await findRtObjects(path);
  if (doses.length === 0)
    throw new DoseInputError(
      'DOSE_NONE',
      `${path}: holds no dose; an RT Dose, or a NRRD or NIfTI file in Gy, was expected`,
    );
  if (doses.length > 1)
    throw new DoseInputError('DOSE_SEVERAL', `${path}: holds ${doses.length} RT Doses; give one of the files`);
  const { volume, frameOfReferenceUid } = await readDose(doses[0]);
  return { path: doses[0], volume, ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }) };
}

function inGy(path: string, volume: Volume): OpenedDose {
  return { path, volume: { ...volume, unit: 'Gy' } };
}
