import type { VoxelType } from '@efface/volume';

/** NIfTI datatype codes of the stored types efface reads and writes (nifti1.h, "NIFTI_TYPE_*"). */
const CODES: Readonly<Record<VoxelType, number>> = {
  u8: 2, i16: 4, i32: 8, f32: 16, f64: 64, i8: 256, u16: 512, u32: 768, i64: 1024, u64: 1280,
}; // prettier-ignore

/** Types that exist in the standard and are refused, with why. */
const REFUSED: Readonly<Record<number, string>> = {
  0: 'no type at all (DT_UNKNOWN)',
  1: '1-bit voxels, which have no agreed layout',
  32: 'complex voxels (64 bits); convert magnitude and phase to two images first',
  128: 'RGB voxels; a colour picture has no intensities to alter',
  1536: '128-bit floats, which JavaScript cannot hold; convert to 64-bit floats first',
  1792: 'complex voxels (128 bits); convert magnitude and phase to two images first',
  2048: 'complex voxels (256 bits); convert magnitude and phase to two images first',
  2304: 'RGBA voxels; a colour picture has no intensities to alter',
};

/** NIfTI code of a stored type. */
export function codeFromVoxelType(type: VoxelType): number {
  return CODES[type];
}

/** Stored type of a NIfTI code, or why there is none. */
export function voxelTypeFromCode(code: number): { readonly type: VoxelType } | { readonly refused: string } {
  for (const [type, own] of Object.entries(CODES)) if (own === code) return { type: type as VoxelType };
  return { refused: REFUSED[code] ?? `the datatype code ${code}, which the standard does not know` };
}
