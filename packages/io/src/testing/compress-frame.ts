import { type CompressedCoding, loadCodecs } from '../dicom/codecs.ts';
import type { PixelFormat } from '../dicom/instance.ts';

/** Codings that frames can be compressed in, with the transfer syntax of each. */
export const COMPRESSED_SYNTAXES: Readonly<Record<CompressedCoding, string>> = {
  rle: '1.2.840.10008.1.2.5',
  jpeg: '1.2.840.10008.1.2.4.70',
  jpegLs: '1.2.840.10008.1.2.4.80',
  jpeg2000: '1.2.840.10008.1.2.4.90',
  htj2k: '1.2.840.10008.1.2.4.201',
};

/** One uncompressed grey frame of signed 16-bit pixels as a lossless stream. */
export async function compressFrame(
  coding: CompressedCoding,
  frame: Uint8Array,
  size: Pick<PixelFormat, 'rows' | 'columns'>,
): Promise<Uint8Array> {
  return (await loadCodecs()).encode(coding, frame, { ...size, type: 'i16', bitsStored: 16, highBit: 15 });
}
