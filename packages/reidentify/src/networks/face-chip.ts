import type { ChipLayout } from './chip-layouts.ts';
import { checkPicture, type FacePicture, type PixelPoint } from './face-picture.ts';
import { fitSimilarity, moveBySimilarity } from './similarity.ts';

/** First and last pixel of a rectangle, both inside, as dlib counts. */
interface Inclusive {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const area = ({ left, top, right, bottom }: Inclusive): number =>
  left > right || top > bottom ? 0 : (right - left + 1) * (bottom - top + 1);

/** Where a rectangle lies after one step down the pyramid. */
const stepDown = ({ left, top, right, bottom }: Inclusive): Inclusive => ({
  left: left / 2 - 1.25,
  top: top / 2 - 0.75,
  right: right / 2 - 1.25,
  bottom: bottom / 2 - 0.75,
});

/** Half the size: the binomial filter 1 4 6 4 1 along rows and columns, in integers, rounded down. */
function halve({ width, height, channels, samples }: FacePicture): FacePicture | undefined {
  if (width <= 8 || height <= 8) return undefined;
  const nextWidth = (width - 3) >> 1;
  const nextHeight = (height - 3) >> 1;
  const rows = new Uint16Array(height * nextWidth * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < nextWidth; x++)
      for (let c = 0; c < channels; c++) {
        const at = (y * width + 2 * x) * channels + c;
        const outer = samples[at] + samples[at + 4 * channels];
        const inner = samples[at + channels] + samples[at + 3 * channels];
        rows[(y * nextWidth + x) * channels + c] = outer + 4 * inner + 6 * samples[at + 2 * channels];
      }
  const stride = nextWidth * channels;
  const half = new Uint8Array(nextHeight * stride);
  for (let y = 0; y < nextHeight; y++)
    for (let x = 0; x < stride; x++) {
      const at = 2 * y * stride + x;
      const outer = rows[at] + rows[at + 4 * stride];
      const inner = rows[at + stride] + rows[at + 3 * stride];
      half[y * stride + x] = (outer + 4 * inner + 6 * rows[at + 2 * stride]) >> 8;
    }
  return { width: nextWidth, height: nextHeight, channels, samples: half };
}

function crop(picture: FacePicture, { left, top, right, bottom }: Inclusive): FacePicture {
  const { channels } = picture;
  const [width, height] = [right - left + 1, bottom - top + 1];
  const samples = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * channels;
    samples.set(picture.samples.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, samples };
}

/** Bilinear, rounded down; black where one of the four neighbours is outside. */
function sampleInto(
  target: Uint8Array,
  at: number,
  { width, height, channels, samples }: FacePicture,
  { xPx, yPx }: PixelPoint,
): void {
  const left = Math.floor(xPx);
  const top = Math.floor(yPx);
  if (!(left >= 0 && top >= 0 && left + 1 < width && top + 1 < height)) return;
  const across = xPx - left;
  const down = yPx - top;
  for (let c = 0; c < channels; c++) {
    const n = (top * width + left) * channels + c;
    const below = n + width * channels;
    const upper = (1 - across) * samples[n] + across * samples[n + channels];
    const lower = (1 - across) * samples[below] + across * samples[below + channels];
    target[at + c] = (1 - down) * upper + down * lower;
  }
}

/** Mean of points; not finite when one is missing or is not. */
function middleOf(points: readonly (PixelPoint | undefined)[]): PixelPoint {
  const mean = (side: 'xPx' | 'yPx'): number =>
    points.reduce((sum, point) => sum + (point?.[side] ?? Number.NaN), 0) / points.length;
  return { xPx: mean('xPx'), yPx: mean('yPx') };
}

/**
 * The chip of a face: the picture turned, scaled and shifted so that the landmarks come to lie where the layout wants
 * them in the least-squares sense, black outside the picture.
 *
 * It is dlib's `extract_image_chip` step by step (a pyramid of halves where the face is more than twice the chip's
 * size, bilinear, 8 bits rounded down), so that its networks see what they were trained on. RangeError for landmarks
 * the layout needs that are missing, not finite or all in one place.
 */
export function extractChip(picture: FacePicture, landmarks: readonly PixelPoint[], layout: ChipLayout): FacePicture {
  checkPicture(picture);
  const { sizePx, targets } = layout;
  const to = targets.map((target) => middleOf(target.landmarks.map((n): PixelPoint | undefined => landmarks[n])));
  const isUsable = to.every(({ xPx, yPx }) => Number.isFinite(xPx) && Number.isFinite(yPx));
  if (!isUsable) throw new RangeError('the chip needs landmarks that are missing or not finite');
  const similarity = fitSimilarity(targets, to);
  const scale = Math.hypot(similarity.a, similarity.b);
  if (!(scale > 0)) throw new RangeError('the landmarks all coincide');
  const [cos, sin] = [similarity.a / scale, similarity.b / scale];
  const rotate = ({ left, top, right, bottom }: Inclusive, x: number, y: number): PixelPoint => {
    const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
    return { xPx: cx + cos * (x - cx) - sin * (y - cy), yPx: cy + sin * (x - cx) + cos * (y - cy) };
  };

  const centre = moveBySimilarity(similarity, { xPx: sizePx / 2, yPx: sizePx / 2 });
  const reach = (sizePx * scale - 1) / 2;
  const { xPx: x, yPx: y } = centre;
  let rect: Inclusive = { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };

  // What the pyramid is made from: the turned rectangle, with a border that its filters may eat.
  let border = 2;
  for (let down = stepDown(rect); area(down) > sizePx * sizePx; down = stepDown(down)) border = border * 2 + 2;
  const corners = [
    rotate(rect, rect.left, rect.top),
    rotate(rect, rect.right, rect.top),
    rotate(rect, rect.left, rect.bottom),
    rotate(rect, rect.right, rect.bottom),
  ];
  const round = (value: number): number => Math.floor(value + 0.5);
  const xs = corners.map(({ xPx }) => xPx);
  const ys = corners.map(({ yPx }) => yPx);
  const box: Inclusive = {
    left: round(Math.max(0, Math.min(...xs) - border)),
    top: round(Math.max(0, Math.min(...ys) - border)),
    right: round(Math.min(picture.width - 1, Math.max(...xs) + border)),
    bottom: round(Math.min(picture.height - 1, Math.max(...ys) + border)),
  };
  const samples = new Uint8Array(sizePx * sizePx * picture.channels);
  const chip: FacePicture = { width: sizePx, height: sizePx, channels: picture.channels, samples };
  if (area(box) === 0) return chip;

  let level: FacePicture = crop(picture, box);
  const { left, top } = box;
  rect = { left: rect.left - left, top: rect.top - top, right: rect.right - left, bottom: rect.bottom - top };
  for (let down = stepDown(rect); area(down) > sizePx * sizePx; down = stepDown(rect)) {
    const half = halve(level);
    if (!half) return chip;
    level = half;
    rect = down;
  }

  const origin = rotate(rect, rect.left, rect.top);
  const end = rotate(rect, rect.right, rect.top);
  const stepX = (end.xPx - origin.xPx) / (sizePx - 1);
  const stepY = (end.yPx - origin.yPx) / (sizePx - 1);
  for (let row = 0; row < sizePx; row++)
    for (let column = 0; column < sizePx; column++) {
      const point = {
        xPx: origin.xPx + column * stepX - row * stepY,
        yPx: origin.yPx + column * stepY + row * stepX,
      };
      sampleInto(samples, (row * sizePx + column) * picture.channels, level, point);
    }
  return chip;
}
