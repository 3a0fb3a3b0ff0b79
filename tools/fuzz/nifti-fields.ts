/** First byte, kind and number of the elements of a header field, from the tables of nifti1.h and nifti2.h. */
export type NiftiField = readonly [name: string, offset: number, kind: keyof typeof EXTREMES, count: number];

export const NIFTI_1_FIELDS: readonly NiftiField[] = [
  ['sizeof_hdr', 0, 'i32', 1], ['data_type', 4, 'u8', 10], ['db_name', 14, 'u8', 18], ['extents', 32, 'i32', 1],
  ['session_error', 36, 'i16', 1], ['regular', 38, 'u8', 1], ['dim_info', 39, 'u8', 1], ['dim', 40, 'i16', 8],
  ['intent_p', 56, 'f32', 3], ['intent_code', 68, 'i16', 1], ['datatype', 70, 'i16', 1], ['bitpix', 72, 'i16', 1],
  ['slice_start', 74, 'i16', 1], ['pixdim', 76, 'f32', 8], ['vox_offset', 108, 'f32', 1], ['scl_slope', 112, 'f32', 1],
  ['scl_inter', 116, 'f32', 1], ['slice_end', 120, 'i16', 1], ['slice_code', 122, 'u8', 1], ['xyzt_units', 123, 'u8', 1],
  ['cal_max', 124, 'f32', 1], ['cal_min', 128, 'f32', 1], ['toffset', 136, 'f32', 1], ['descrip', 148, 'u8', 80],
  ['aux_file', 228, 'u8', 24], ['qform_code', 252, 'i16', 1], ['sform_code', 254, 'i16', 1], ['quatern', 256, 'f32', 3],
  ['qoffset', 268, 'f32', 3], ['srow', 280, 'f32', 12], ['intent_name', 328, 'u8', 16], ['magic', 344, 'u8', 4],
  ['extension', 348, 'u8', 4],
]; // prettier-ignore

export const NIFTI_2_FIELDS: readonly NiftiField[] = [
  ['sizeof_hdr', 0, 'i32', 1], ['magic', 4, 'u8', 8], ['datatype', 12, 'i16', 1], ['bitpix', 14, 'i16', 1],
  ['dim', 16, 'i64', 8], ['intent_p', 80, 'f64', 3], ['pixdim', 104, 'f64', 8], ['vox_offset', 168, 'i64', 1],
  ['scl_slope', 176, 'f64', 1], ['scl_inter', 184, 'f64', 1], ['cal_max', 192, 'f64', 1], ['slice_start', 224, 'i64', 1],
  ['slice_end', 232, 'i64', 1], ['descrip', 240, 'u8', 80], ['aux_file', 320, 'u8', 24], ['qform_code', 344, 'i32', 1],
  ['sform_code', 348, 'i32', 1], ['quatern', 352, 'f64', 3], ['qoffset', 376, 'f64', 3], ['srow', 400, 'f64', 12],
  ['slice_code', 496, 'i32', 1], ['xyzt_units', 500, 'i32', 1], ['intent_code', 504, 'i32', 1],
  ['intent_name', 508, 'u8', 16], ['dim_info', 524, 'u8', 1], ['extension', 540, 'u8', 4],
]; // prettier-ignore

const FLOATS = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-45, 1e-30, 1e6, 1e12, 3.4028234663852886e38, -1e30];

/** Values at the ends of each kind, and just beyond what a header should have. */
export const EXTREMES = {
  u8: [0, 1, 2, 0x0a, 0x31, 0x7f, 0x80, 0xff],
  i16: [0, 1, -1, 2, 5, 7, 8, 16, 64, 255, 256, 257, 512, 768, 1024, 1280, 32_767, -32_768],
  i32: [0, 1, -1, 8, 16, 348, 540, 352, 65_536, 2 ** 31 - 1, -(2 ** 31)],
  i64: [0, 1, -1, 5, 352, 544, 560, 32_768, 65_536, 1e12, 2 ** 31, 2 ** 40, 2 ** 53, 2 ** 62, -(2 ** 62)],
  f32: FLOATS,
  f64: [...FLOATS, 1e-308, 1e-200, 1e200, Number.MAX_VALUE, -1e308],
} as const;

export const ELEMENT_BYTES = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 } as const;

/** Writes one element in place; does nothing where the bytes end before. */
export function putElement(bytes: Buffer, kind: keyof typeof EXTREMES, at: number, value: number, le: boolean): void {
  if (at < 0 || at + ELEMENT_BYTES[kind] > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'u8') view.setUint8(at, value);
  else if (kind === 'i16') view.setInt16(at, value, le);
  else if (kind === 'i32') view.setInt32(at, value, le);
  else if (kind === 'i64') view.setBigInt64(at, BigInt(value), le);
  else if (kind === 'f32') view.setFloat32(at, value, le);
  else view.setFloat64(at, value, le);
}
