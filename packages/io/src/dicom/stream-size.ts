import type { CompressedCoding } from './codecs.ts';

/** What a compressed frame says of itself. */
export interface StreamSize {
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
}

/**
 * Size of the image in a compressed frame, by its own header: SOF of JPEG (ITU-T T.81 B.2.2) and JPEG-LS (T.87 C.1),
 * SIZ of JPEG 2000 (T.800 A.5.1). Undefined when there is no such header. A decoder trusts the stream and leaves the rest
 * of a larger frame as it found the memory, which was another image's.
 */
export function streamSizeOf(coding: Exclude<CompressedCoding, 'rle'>, stream: Uint8Array): StreamSize | undefined {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  return coding === 'jpeg' || coding === 'jpegLs' ? sizeOfJpeg(view) : sizeOfJpeg2000(view);
}

function sizeOfJpeg(view: DataView): StreamSize | undefined {
  let at = 2;
  while (at + 10 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    // C4, C8 and CC are tables and reserved; F7 is the frame of JPEG-LS.
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame)
      return { rows: view.getUint16(at + 5), columns: view.getUint16(at + 7), components: view.getUint8(at + 9) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function sizeOfJpeg2000(view: DataView): StreamSize | undefined {
  const isSiz = view.byteLength >= 42 && view.getUint32(0) === 0xff4fff51;
  if (!isSiz) return undefined;
  const columns = view.getUint32(8) - view.getUint32(16);
  const rows = view.getUint32(12) - view.getUint32(20);
  return { columns, rows, components: view.getUint16(40) };
}
