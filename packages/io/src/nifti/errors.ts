import { EffaceError, type ExitReason } from '@efface/volume';

/** Reason codes of NIfTI input, each with its row of the exit code table. */
const REASONS = {
  /** Neither NIfTI-1 nor NIfTI-2. */
  NIFTI_WRONG_MAGIC: 'inputCorrupt',
  /** Fewer bytes than the header promises. */
  NIFTI_TRUNCATED: 'inputCorrupt',
  /** The gzip stream is damaged. */
  NIFTI_GZIP_DAMAGED: 'inputCorrupt',
  /** A header field has a value that cannot be. */
  NIFTI_BAD_HEADER: 'inputCorrupt',
  /** The affine is singular or not finite. */
  NIFTI_BAD_AFFINE: 'inputCorrupt',
  /** Much more data than the header explains. */
  NIFTI_TRAILING_DATA: 'inputRefused',
  NIFTI_NO_ORIENTATION: 'inputRefused',
  /** Complex, colour, 128-bit, or no type at all. */
  NIFTI_UNSUPPORTED_TYPE: 'inputRefused',
  /** Not a 3-D image or a series of them. */
  NIFTI_UNSUPPORTED_SHAPE: 'inputRefused',
  /** Header and voxels in two files. */
  NIFTI_PAIR: 'inputRefused',
  /** Analyze 7.5, which does not say where left is. */
  NIFTI_ANALYZE: 'inputRefused',
  /** More voxels than this machine's memory. */
  NIFTI_TOO_LARGE: 'inputRefused',
  /** A mask that lies on another grid than its image, or is no single volume. */
  NIFTI_MASK_GRID: 'inputRefused',
  /** Voxels in memory differ from those that were read. */
  NIFTI_VOXELS_CHANGED: 'internal',
} as const satisfies Record<string, ExitReason>;

/** Reason code of a NIfTI failure. */
export type NiftiErrorCode = keyof typeof REASONS;

/** A NIfTI file that is damaged or refused. The message starts with the path. */
export class NiftiError extends EffaceError {
  constructor(code: NiftiErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(code, REASONS[code], `${path}: ${message}`, options);
  }
}
