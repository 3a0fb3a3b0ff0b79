import { encode } from 'fast-png';

/** An 8-bit picture, rows from top to bottom, pixels from left to right, channels together. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 = grey, 3 = red, green, blue. */
  readonly channels: 1 | 3;
  /** width · height · channels samples. */
  readonly samples: Uint8Array;
}

/** The picture as the bytes of a PNG file; the same picture gives the same bytes. RangeError for a wrong sample count. */
export function encodePng(picture: Picture): Uint8Array {
  const { width, height, channels, samples } = picture;
  if (!(width >= 1 && height >= 1) || samples.length !== width * height * channels)
    throw new RangeError(
      `a ${width}×${height} picture of ${channels} channels does not have ${samples.length} samples`,
    );
  return encode({ width, height, channels, depth: 8, data: samples });
}
