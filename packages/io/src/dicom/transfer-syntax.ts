import type { Coding } from './parse.ts';

/** How pixels are coded. */
export type PixelCoding = 'native' | 'rle' | 'jpeg' | 'jpegLs' | 'jpeg2000' | 'htj2k';

/** A transfer syntax that is read (PS3.5 annex A). */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly coding: Coding;
  readonly deflated: boolean;
  readonly pixels: PixelCoding;
  /** It may have lost something; such input is written uncompressed. */
  readonly lossy: boolean;
}

const EXPLICIT_LE: Coding = { explicit: true, littleEndian: true };

function syntax(uid: string, name: string, pixels: PixelCoding, lossy: boolean): TransferSyntax {
  return { uid, name, coding: EXPLICIT_LE, deflated: false, pixels, lossy };
}

/** What uncompressed output is written in. */
export const EXPLICIT_LITTLE_ENDIAN = syntax('1.2.840.10008.1.2.1', 'Explicit VR Little Endian', 'native', false);

/** For values that outgrow the 16-bit lengths of explicit text. */
export const IMPLICIT_LITTLE_ENDIAN: TransferSyntax = {
  ...syntax('1.2.840.10008.1.2', 'Implicit VR Little Endian', 'native', false),
  coding: { explicit: false, littleEndian: true },
};

const HTJ2K_LOSSLESS = '1.2.840.10008.1.2.4.201';
const HTJ2K_RPCL = '1.2.840.10008.1.2.4.202';

const SYNTAXES: readonly TransferSyntax[] = [
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  {
    ...syntax('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', 'native', false),
    coding: { explicit: true, littleEndian: false },
  },
  { ...syntax('1.2.840.10008.1.2.1.99', 'Deflated Explicit VR Little Endian', 'native', false), deflated: true },
  syntax('1.2.840.10008.1.2.5', 'RLE Lossless', 'rle', false),
  syntax('1.2.840.10008.1.2.4.50', 'JPEG Baseline', 'jpeg', true),
  syntax('1.2.840.10008.1.2.4.51', 'JPEG Extended', 'jpeg', true),
  syntax('1.2.840.10008.1.2.4.57', 'JPEG Lossless', 'jpeg', false),
  syntax('1.2.840.10008.1.2.4.70', 'JPEG Lossless, first-order prediction', 'jpeg', false),
  syntax('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpegLs', false),
  syntax('1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'jpegLs', true),
  syntax('1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless', 'jpeg2000', false),
  syntax('1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg2000', true),
  syntax(HTJ2K_LOSSLESS, 'High-Throughput JPEG 2000 Lossless', 'htj2k', false),
  syntax(HTJ2K_RPCL, 'High-Throughput JPEG 2000 RPCL Lossless', 'htj2k', false),
  syntax('1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'htj2k', true),
];

const BY_UID = new Map(SYNTAXES.map((known) => [known.uid, known]));

/** The syntax of this UID, or undefined when it is not read. */
export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return BY_UID.get(uid);
}

/**
 * What an input of this syntax is written in: the same, but nothing lossy, nothing big-endian (retired), and no promise
 * of RPCL order, whose extra markers the encoder does not write.
 */
export function outputSyntaxOf(input: TransferSyntax): TransferSyntax {
  if (input.lossy || !input.coding.littleEndian) return EXPLICIT_LITTLE_ENDIAN;
  return input.uid === HTJ2K_RPCL ? (BY_UID.get(HTJ2K_LOSSLESS) ?? input) : input;
}
