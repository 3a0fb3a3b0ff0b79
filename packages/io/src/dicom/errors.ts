import { EffaceError, type ExitReason } from '@efface/volume';

/** Reason codes of DICOM input, each with its row of the exit code table. */
const REASONS = {
  /** Named like DICOM, but "DICM" does not stand at byte 128. */
  DICOM_NOT_DICOM: 'inputCorrupt',
  /** The file ends before its pixel data do. */
  DICOM_TRUNCATED: 'inputCorrupt',
  /** The data elements cannot be followed: impossible lengths, VRs or nesting. */
  DICOM_DAMAGED: 'inputCorrupt',
  /** A field is missing, or has a value or a type that cannot be. */
  DICOM_BAD_FIELD: 'inputCorrupt',
  /** Compressed pixel data that do not decode. */
  DICOM_DECODE_FAILED: 'inputCorrupt',
  DICOM_UNSUPPORTED_SYNTAX: 'inputRefused',
  /** Secondary captures and other objects that are no CT, MR or PET slices. */
  DICOM_NOT_VOLUMETRIC: 'inputRefused',
  DICOM_LOCALISER: 'inputRefused',
  /** The header says that text is drawn into the pixels. */
  DICOM_BURNED_IN_ANNOTATION: 'inputRefused',
  /** Image Position or Image Orientation (Patient) is missing. */
  DICOM_NO_POSITION: 'inputRefused',
  DICOM_COLOUR: 'inputRefused',
  /** Floating point, 1-bit or other pixels that are no integers of 8, 16 or 32 bits. */
  DICOM_UNSUPPORTED_PIXELS: 'inputRefused',
  DICOM_TOO_FEW_SLICES: 'inputRefused',
  /** Slices differ in size, spacing, orientation or pixel type. */
  DICOM_MIXED_SERIES: 'inputRefused',
  /** The slices are shifted against each other along their own plane. */
  DICOM_GANTRY_TILT: 'inputRefused',
  DICOM_MISSING_SLICES: 'inputRefused',
  DICOM_DUPLICATE_SLICES: 'inputRefused',
  DICOM_TOO_LARGE: 'inputRefused',
  /** Another kind of object than the one that was asked for. */
  DICOM_WRONG_OBJECT: 'inputRefused',
  /** A dose without physical unit. */
  DICOM_DOSE_NOT_GY: 'inputRefused',
  /** Planes of a dose that are no evenly spaced grid. */
  DICOM_DOSE_GRID: 'inputRefused',
  /** A PET whose header does not tell how to make standardised uptake values. */
  DICOM_NO_SUV: 'inputRefused',
  /** Frames of a segmentation that lie on no common grid. */
  DICOM_SEG_GRID: 'inputRefused',
  /** Voxels in memory differ from those that were read. */
  DICOM_VOXELS_CHANGED: 'internal',
} as const satisfies Record<string, ExitReason>;

/** Reason code of a DICOM failure. */
export type DicomErrorCode = keyof typeof REASONS;

/** A DICOM file or series that is damaged or refused. The message starts with the path. */
export class DicomError extends EffaceError {
  constructor(code: DicomErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(code, REASONS[code], `${path}: ${message}`, options);
  }
}
