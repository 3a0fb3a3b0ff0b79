/**
 * NIfTI files for tests, byte by byte from the field tables of nifti1.h and nifti2.h. It shares no code with the reader
 * and the writer, and can make files that no writer should.
 */

/** One header extension. `sizeBytes` overrides the true size, to damage it. */
export interface BuiltExtension {
  readonly code: number;
  readonly text: string;
  readonly sizeBytes?: number;
}

/** What to put where; everything has a sane default. */
export interface NiftiRecipe {
  readonly version?: 1 | 2;
  readonly littleEndian?: boolean;
  readonly datatype?: number;
  readonly bitpix?: number;
  /** dim[0] … dim[7], as many as given; the rest is 1. */
  readonly dim: readonly number[];
  readonly pixdim?: readonly number[];
  readonly slope?: number;
  readonly intercept?: number;
  readonly xyztUnits?: number;
  readonly sform?: { readonly code: number; readonly rows: readonly number[] } | undefined;
  readonly qform?: { readonly code: number; readonly quatern: readonly number[]; readonly offset: readonly number[] };
  readonly extensions?: readonly BuiltExtension[];
  /** Written to vox_offset instead of the true one. */
  readonly voxOffset?: number;
  readonly magic?: string;
  readonly descrip?: string;
  /** Stored voxels in file byte order. */
  readonly voxels: Uint8Array;
  readonly suffix?: Uint8Array;
}

const BITS: Readonly<Record<number, number>> = {
  1: 1, 2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64, 1536: 128,
  1792: 128, 2048: 256, 2304: 32,
}; // prettier-ignore

/** The file as bytes, not compressed. */
export function buildNifti(recipe: NiftiRecipe): Buffer {
  const version = recipe.version ?? 1;
  const extensions = Buffer.concat(
    (recipe.extensions ?? []).map((e) => buildExtension(e, recipe.littleEndian ?? true)),
  );
  const headerBytes = version === 1 ? 348 : 540;
  const trueOffset = headerBytes + 4 + extensions.length;
  const flag = Buffer.from([extensions.length > 0 ? 1 : 0, 0, 0, 0]);
  const header = Buffer.alloc(headerBytes);
  (version === 1 ? fillHeader1 : fillHeader2)(header, recipe, trueOffset);
  return Buffer.concat([header, flag, extensions, recipe.voxels, recipe.suffix ?? new Uint8Array(0)]);
}

function buildExtension(extension: BuiltExtension, littleEndian: boolean): Buffer {
  const size = Math.ceil((8 + extension.text.length) / 16) * 16;
  const bytes = Buffer.alloc(size);
  const w = writer(bytes, littleEndian);
  w.i32(0, extension.sizeBytes ?? size);
  w.i32(4, extension.code);
  bytes.write(extension.text, 8, 'latin1');
  return bytes;
}

type Put = (offset: number, value: number) => void;

function writer(b: Buffer, le: boolean): Record<'i16' | 'i32' | 'i64' | 'f32' | 'f64', Put> {
  return {
    i16: (o, v) => (le ? b.writeInt16LE(v, o) : b.writeInt16BE(v, o)),
    i32: (o, v) => (le ? b.writeInt32LE(v, o) : b.writeInt32BE(v, o)),
    i64: (o, v) => (le ? b.writeBigInt64LE(BigInt(v), o) : b.writeBigInt64BE(BigInt(v), o)),
    f32: (o, v) => (le ? b.writeFloatLE(v, o) : b.writeFloatBE(v, o)),
    f64: (o, v) => (le ? b.writeDoubleLE(v, o) : b.writeDoubleBE(v, o)),
  };
}

function shape(recipe: NiftiRecipe): { dim: number[]; pixdim: number[] } {
  return {
    dim: Array.from({ length: 8 }, (_, d) => recipe.dim[d] ?? 1),
    pixdim: Array.from({ length: 8 }, (_, d) => recipe.pixdim?.[d] ?? 1),
  };
}

function fillHeader1(b: Buffer, recipe: NiftiRecipe, trueOffset: number): void {
  const w = writer(b, recipe.littleEndian ?? true);
  const { dim, pixdim } = shape(recipe);
  const datatype = recipe.datatype ?? 4;
  w.i32(0, 348);
  b[38] = 0x72;
  dim.forEach((n, d) => w.i16(40 + 2 * d, n));
  w.i16(70, datatype);
  w.i16(72, recipe.bitpix ?? BITS[datatype] ?? 0);
  pixdim.forEach((mm, d) => w.f32(76 + 4 * d, mm));
  w.f32(108, recipe.voxOffset ?? trueOffset);
  w.f32(112, recipe.slope ?? 0);
  w.f32(116, recipe.intercept ?? 0);
  b[123] = recipe.xyztUnits ?? 2;
  b.write(recipe.descrip ?? '', 148, 'latin1');
  w.i16(252, recipe.qform?.code ?? 0);
  w.i16(254, recipe.sform?.code ?? 0);
  recipe.qform?.quatern.forEach((v, n) => w.f32(256 + 4 * n, v));
  recipe.qform?.offset.forEach((v, n) => w.f32(268 + 4 * n, v));
  recipe.sform?.rows.forEach((v, n) => w.f32(280 + 4 * n, v));
  b.write(recipe.magic ?? 'n+1\0', 344, 'latin1');
}

function fillHeader2(b: Buffer, recipe: NiftiRecipe, trueOffset: number): void {
  const w = writer(b, recipe.littleEndian ?? true);
  const { dim, pixdim } = shape(recipe);
  const datatype = recipe.datatype ?? 4;
  w.i32(0, 540);
  b.write(recipe.magic ?? 'n+2\0\r\n\x1a\n', 4, 'latin1');
  w.i16(12, datatype);
  w.i16(14, recipe.bitpix ?? BITS[datatype] ?? 0);
  dim.forEach((n, d) => w.i64(16 + 8 * d, n));
  pixdim.forEach((mm, d) => w.f64(104 + 8 * d, mm));
  w.i64(168, recipe.voxOffset ?? trueOffset);
  w.f64(176, recipe.slope ?? 0);
  w.f64(184, recipe.intercept ?? 0);
  b.write(recipe.descrip ?? '', 240, 'latin1');
  w.i32(344, recipe.qform?.code ?? 0);
  w.i32(348, recipe.sform?.code ?? 0);
  recipe.qform?.quatern.forEach((v, n) => w.f64(352 + 8 * n, v));
  recipe.qform?.offset.forEach((v, n) => w.f64(376 + 8 * n, v));
  recipe.sform?.rows.forEach((v, n) => w.f64(400 + 8 * n, v));
  w.i32(500, recipe.xyztUnits ?? 2);
}

/** RAS rows of a plain 1 mm grid. */
export const UNIT_SFORM = { code: 1, rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] } as const;
