import { EffaceError } from '@efface/volume';
import { convertIndexedToRgb, decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { readFile } from 'node:fs/promises';
import { inputErrorFrom } from '../input-errors.ts';
import { openRegular } from '../input-files.ts';
import type { Picture } from './encode-png.ts';

/** A picture file that is damaged (`PICTURE_CORRUPT`) or of a kind that is not read (`PICTURE_UNKNOWN_FORMAT`). */
export class PictureError extends EffaceError {
  constructor(code: 'PICTURE_CORRUPT' | 'PICTURE_UNKNOWN_FORMAT', message: string, options?: ErrorOptions) {
    super(code, 'inputCorrupt', message, options);
  }
}

/** More than a camera makes; a small file that claims more is meant to exhaust the memory. */
const MOST_MEGAPIXELS = 200;

const PNG_START = [137, 80, 78, 71];
const JPEG_START = [0xff, 0xd8, 0xff];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, n) => bytes[n] === byte);

/**
 * A photograph from a PNG or JPEG file, told apart by content. Transparency is dropped, 16 bits become 8; the camera's
 * note how it was held (EXIF orientation) is not looked at.
 * @throws InputNotFoundError when the file cannot be read, PictureError when it is no picture or damaged
 */
export async function readPicture(path: string): Promise<Picture> {
  const handle = await openRegular(path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(handle);
  } catch (error) {
    throw inputErrorFrom(error, path);
  } finally {
    await handle.close();
  }
  const isPng = startsWith(bytes, PNG_START);
  if (!isPng && !startsWith(bytes, JPEG_START))
    throw new PictureError('PICTURE_UNKNOWN_FORMAT', `${path}: is no PNG or JPEG picture`);
  try {
    return isPng ? pictureOfPng(bytes) : pictureOfJpeg(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PictureError('PICTURE_CORRUPT', `${path}: the picture is damaged (${reason})`, { cause: error });
  }
}

function pictureOfJpeg(bytes: Uint8Array): Picture {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MOST_MEGAPIXELS,
    maxMemoryUsageInMB: 8 * MOST_MEGAPIXELS,
  });
  return { width, height, channels: 3, samples: data };
}

function pictureOfPng(bytes: Uint8Array): Picture {
  // Width and height stand at fixed places (PNG specification, 11.2.2).
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.getUint32(16) * header.getUint32(20) > 1e6 * MOST_MEGAPIXELS) throw new Error('too many pixels');
  const png = decodePng(bytes, { checkCrc: true });
  const { width, height, depth } = png;
  const hasPalette = png.palette !== undefined;
  if (depth < 8 && !hasPalette) throw new Error(`greys of ${depth} bits are not read`);
  const stored = hasPalette ? convertIndexedToRgb(png) : png.data;
  const storedChannels = hasPalette ? stored.length / (width * height) : png.channels;
  const channels = storedChannels >= 3 ? 3 : 1;
  const samples = new Uint8Array(width * height * channels);
  const drop = depth === 16 ? 8 : 0;
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < channels; c++) samples[pixel * channels + c] = stored[pixel * storedChannels + c] >> drop;
  return { width, height, channels, samples };
}
