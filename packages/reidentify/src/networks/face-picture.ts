/** An 8-bit picture, rows from top to bottom, pixels from left to right, channels together. */
export interface FacePicture {
  readonly width: number;
  readonly height: number;
  /** 1 = grey, 3 = red, green, blue. */
  readonly channels: 1 | 3;
  /** width · height · channels samples. */
  readonly samples: Uint8Array;
}

/** A rectangle of a picture, pixels; (0, 0) is the top left corner of the top left pixel. It may reach outside. */
export interface PixelBox {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A place in a picture, pixels; (0, 0) is where the sample of the top left pixel stands. */
export interface PixelPoint {
  readonly xPx: number;
  readonly yPx: number;
}

/** What a network expects of each channel: (sample − mean) / divisor, channels red, green, blue. */
export interface Normalisation {
  readonly meanRgb: readonly [number, number, number];
  readonly divisor: number;
}

/** How a rectangle became a square: its edge in picture pixels, and its corner, which may lie outside the rectangle. */
export interface SquareFrame {
  readonly leftPx: number;
  readonly topPx: number;
  readonly edgePx: number;
}

/** RangeError when the samples do not fit the size. */
export function checkPicture(picture: FacePicture): void {
  const { width, height, channels, samples } = picture;
  if (!(width >= 1 && height >= 1) || samples.length !== width * height * channels)
    throw new RangeError(`a ${width}×${height} picture of ${channels} channels has not ${samples.length} samples`);
}

/** The whole of a picture. */
export function wholePicture({ width, height }: FacePicture): PixelBox {
  return { leftPx: 0, topPx: 0, widthPx: width, heightPx: height };
}

/**
 * The square around a rectangle of whole pixels. `end` adds to the right or below (detectors), `centre` on both sides,
 * the odd pixel to the right or below (landmarks).
 */
export function squareAround(box: PixelBox, padding: 'end' | 'centre'): SquareFrame {
  const edgePx = Math.max(box.widthPx, box.heightPx);
  const before = (size: number): number => (padding === 'end' ? 0 : Math.floor((edgePx - size) / 2));
  return { leftPx: box.leftPx - before(box.widthPx), topPx: box.topPx - before(box.heightPx), edgePx };
}

/** Neighbours and weight along one axis. −1 is black: outside the rectangle or the picture. */
function axisTaps(
  frameStart: number,
  edgePx: number,
  sizePx: number,
  start: number,
  end: number,
): { readonly low: Int32Array; readonly high: Int32Array; readonly weight: Float64Array } {
  const low = new Int32Array(sizePx);
  const high = new Int32Array(sizePx);
  const weight = new Float64Array(sizePx);
  const place = (position: number): number => {
    const pixel = position + frameStart;
    return pixel >= start && pixel < end ? pixel : -1;
  };
  for (let n = 0; n < sizePx; n++) {
    const position = (edgePx / sizePx) * n;
    const floor = Math.floor(position);
    low[n] = place(floor);
    high[n] = place(Math.min(edgePx - 1, Math.ceil(position)));
    weight[n] = position - floor;
  }
  return { low, high, weight };
}

/**
 * Resamples a square of a picture for a network: bilinear, sample n at `n · edge / size` as TensorFlow's
 * `resize_bilinear` has it (without half-pixel centres, which is what these networks were trained with), black outside
 * the box, then normalised.
 *
 * Writes three planes (red, green, blue; rows, columns) into `target` from `offset` on.
 */
export function fillNetworkInput(
  target: Float32Array,
  offset: number,
  picture: FacePicture,
  box: PixelBox,
  frame: SquareFrame,
  sizePx: number,
  { meanRgb, divisor }: Normalisation,
): void {
  const { width, height, channels, samples } = picture;
  const [left, top] = [Math.max(0, box.leftPx), Math.max(0, box.topPx)];
  const x = axisTaps(frame.leftPx, frame.edgePx, sizePx, left, Math.min(width, box.leftPx + box.widthPx));
  const y = axisTaps(frame.topPx, frame.edgePx, sizePx, top, Math.min(height, box.topPx + box.heightPx));
  const plane = sizePx * sizePx;
  for (let channel = 0; channel < 3; channel++) {
    const mean = meanRgb[channel];
    const shift = channels === 3 ? channel : 0;
    let at = offset + channel * plane;
    for (let row = 0; row < sizePx; row++) {
      const [rowLow, rowHigh] = [y.low[row], y.high[row]];
      const down = y.weight[row];
      const baseLow = rowLow * width;
      const baseHigh = rowHigh * width;
      for (let column = 0; column < sizePx; column++) {
        const columnLow = x.low[column];
        const columnHigh = x.high[column];
        const across = x.weight[column];
        const a = rowLow < 0 || columnLow < 0 ? 0 : samples[(baseLow + columnLow) * channels + shift];
        const b = rowLow < 0 || columnHigh < 0 ? 0 : samples[(baseLow + columnHigh) * channels + shift];
        const c = rowHigh < 0 || columnLow < 0 ? 0 : samples[(baseHigh + columnLow) * channels + shift];
        const d = rowHigh < 0 || columnHigh < 0 ? 0 : samples[(baseHigh + columnHigh) * channels + shift];
        const upper = a + (b - a) * across;
        const lower = c + (d - c) * across;
        target[at++] = (upper + (lower - upper) * down - mean) / divisor;
      }
    }
  }
}
