/** How one header field is stored: first byte, element kind, number of elements. */
interface FieldLayout {
  readonly offset: number;
  readonly kind: 'u8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64';
  readonly count: number;
}

const at = (offset: number, kind: FieldLayout['kind'], count = 1): FieldLayout => ({ offset, kind, count });

/** The 348-byte header of NIfTI-1 (nifti1.h). Text fields are bytes. */
const NIFTI_1 = {
  dataTypeText: at(4, 'u8', 10),
  dbName: at(14, 'u8', 18),
  dimInfo: at(39, 'u8'),
  dim: at(40, 'i16', 8),
  intentP: at(56, 'f32', 3),
  intentCode: at(68, 'i16'),
  datatype: at(70, 'i16'),
  bitpix: at(72, 'i16'),
  sliceStart: at(74, 'i16'),
  pixdim: at(76, 'f32', 8),
  voxOffset: at(108, 'f32'),
  sclSlope: at(112, 'f32'),
  sclInter: at(116, 'f32'),
  sliceEnd: at(120, 'i16'),
  sliceCode: at(122, 'u8'),
  xyztUnits: at(123, 'u8'),
  calMax: at(124, 'f32'),
  calMin: at(128, 'f32'),
  sliceDuration: at(132, 'f32'),
  toffset: at(136, 'f32'),
  descrip: at(148, 'u8', 80),
  auxFile: at(228, 'u8', 24),
  qformCode: at(252, 'i16'),
  sformCode: at(254, 'i16'),
  quatern: at(256, 'f32', 3),
  qoffset: at(268, 'f32', 3),
  srow: at(280, 'f32', 12),
  intentName: at(328, 'u8', 16),
  magic: at(344, 'u8', 4),
} as const satisfies Record<string, FieldLayout>;

/** Name of a header field. */
export type HeaderField = keyof typeof NIFTI_1;

/** The 540-byte header of NIfTI-2 (nifti2.h). The two text fields it dropped have no elements. */
const NIFTI_2: Readonly<Record<HeaderField, FieldLayout>> = {
  magic: at(4, 'u8', 8),
  datatype: at(12, 'i16'),
  bitpix: at(14, 'i16'),
  dim: at(16, 'i64', 8),
  intentP: at(80, 'f64', 3),
  pixdim: at(104, 'f64', 8),
  voxOffset: at(168, 'i64'),
  sclSlope: at(176, 'f64'),
  sclInter: at(184, 'f64'),
  calMax: at(192, 'f64'),
  calMin: at(200, 'f64'),
  sliceDuration: at(208, 'f64'),
  toffset: at(216, 'f64'),
  sliceStart: at(224, 'i64'),
  sliceEnd: at(232, 'i64'),
  descrip: at(240, 'u8', 80),
  auxFile: at(320, 'u8', 24),
  qformCode: at(344, 'i32'),
  sformCode: at(348, 'i32'),
  quatern: at(352, 'f64', 3),
  qoffset: at(376, 'f64', 3),
  srow: at(400, 'f64', 12),
  sliceCode: at(496, 'i32'),
  xyztUnits: at(500, 'i32'),
  intentCode: at(504, 'i32'),
  intentName: at(508, 'u8', 16),
  dimInfo: at(524, 'u8'),
  dataTypeText: at(4, 'u8', 0),
  dbName: at(14, 'u8', 0),
};

/** Which of the two formats. */
export type NiftiVersion = 1 | 2;

/** Bytes of the header proper; the four extension flag bytes follow. */
export const HEADER_BYTES: Readonly<Record<NiftiVersion, number>> = { 1: 348, 2: 540 };

/** Magic of a single file, and of the header of a pair. */
export const MAGIC: Readonly<Record<NiftiVersion, { readonly single: string; readonly pair: string }>> = {
  1: { single: 'n+1\0', pair: 'ni1\0' },
  2: { single: 'n+2\0\r\n\x1a\n', pair: 'ni2\0\r\n\x1a\n' },
};

/** Header bytes with named fields, for reading and writing, in either byte order. */
export class HeaderBytes {
  readonly version: NiftiVersion;
  readonly littleEndian: boolean;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** `bytes` are at least the header proper; they are not copied. */
  constructor(version: NiftiVersion, littleEndian: boolean, bytes: Uint8Array) {
    this.version = version;
    this.littleEndian = littleEndian;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** All elements of a field. 64-bit integers beyond 2^53 come back rounded; no valid header has such. */
  getAll(field: HeaderField): number[] {
    const { offset, kind, count } = this.#layout(field);
    return Array.from({ length: count }, (_, n) => this.#read(kind, offset + n * ELEMENT_BYTES[kind]));
  }

  /** First element of a field. */
  get(field: HeaderField): number {
    return this.getAll(field)[0];
  }

  /** Bytes of a field as Latin-1 text, NULs included. */
  getText(field: HeaderField): string {
    return String.fromCharCode(...this.getAll(field));
  }

  /** Sets the first elements of a field; the others stay. */
  set(field: HeaderField, ...values: number[]): void {
    const { offset, kind, count } = this.#layout(field);
    if (values.length > count) throw new RangeError(`${field} has ${count} elements, got ${values.length}`);
    for (const [n, value] of values.entries()) this.#write(kind, offset + n * ELEMENT_BYTES[kind], value);
  }

  /** Sets a text field, cut to its length and padded with NULs. Latin-1 only. */
  setText(field: HeaderField, text: string): void {
    const { count } = this.#layout(field);
    this.set(field, ...Array.from({ length: count }, (_, n) => (n < text.length ? text.charCodeAt(n) & 0xff : 0)));
  }

  #layout(field: HeaderField): FieldLayout {
    return this.version === 1 ? NIFTI_1[field] : NIFTI_2[field];
  }

  #read(kind: FieldLayout['kind'], offset: number): number {
    const le = this.littleEndian;
    switch (kind) {
      case 'u8':
        return this.#view.getUint8(offset);
      case 'i16':
        return this.#view.getInt16(offset, le);
      case 'i32':
        return this.#view.getInt32(offset, le);
      case 'i64':
        return Number(this.#view.getBigInt64(offset, le));
      case 'f32':
        return this.#view.getFloat32(offset, le);
      case 'f64':
        return this.#view.getFloat64(offset, le);
    }
  }

  #write(kind: FieldLayout['kind'], offset: number, value: number): void {
    const le = this.littleEndian;
    switch (kind) {
      case 'u8':
        return this.#view.setUint8(offset, value);
      case 'i16':
        return this.#view.setInt16(offset, value, le);
      case 'i32':
        return this.#view.setInt32(offset, value, le);
      case 'i64':
        return this.#view.setBigInt64(offset, BigInt(value), le);
      case 'f32':
        return this.#view.setFloat32(offset, value, le);
      case 'f64':
        return this.#view.setFloat64(offset, value, le);
    }
  }
}

const ELEMENT_BYTES = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 } as const;
