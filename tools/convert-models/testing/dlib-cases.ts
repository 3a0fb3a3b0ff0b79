import { DLIB_CHIP_5, DLIB_CHIP_68, type FacePicture, type PixelPoint } from '@efface/reidentify';

/** A colour picture from integer arithmetic alone: smooth slopes, fine waves and wraps. */
export function patternPicture(width: number, height: number): FacePicture {
  const samples = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        samples[(y * width + x) * 3 + c] = x * (c + 1) + 2 * y + ((x * y) >> (5 + c)) + (x & y & 15);
  return { width, height, channels: 3, samples };
}

/** dlib's name of a layout: how many points it is made from. */
export type Layout = 5 | 68;

/** A face's place in the pattern picture. */
export interface PatternCase {
  readonly name: string;
  readonly layout: Layout;
  /** Picture pixels for each pixel of the chip. */
  readonly scale: number;
  readonly degrees: number;
  readonly centre: PixelPoint;
}

export const PATTERN_SIZE = { width: 1700, height: 1500 };

/** Enlarged, about as large, through one, two and three halvings, turned, and reaching out of the picture. */
export const PATTERN_CASES: readonly PatternCase[] = ([5, 68] as const).flatMap((layout) => [
  { name: 'enlarged', layout, scale: 0.3, degrees: 12, centre: { xPx: 300, yPx: 500 } },
  { name: 'about as large', layout, scale: 1, degrees: -3, centre: { xPx: 900, yPx: 700 } },
  { name: 'one halving', layout, scale: 2.6, degrees: 25, centre: { xPx: 800, yPx: 731 } },
  { name: 'two halvings', layout, scale: 5.2, degrees: -8, centre: { xPx: 845, yPx: 746 } },
  { name: 'three halvings', layout, scale: 9.3, degrees: 4, centre: { xPx: 850, yPx: 750 } },
  { name: 'upside down', layout, scale: 1.7, degrees: 171, centre: { xPx: 1000, yPx: 640 } },
  { name: 'over the left and upper edge', layout, scale: 3.1, degrees: -40, centre: { xPx: 60, yPx: 90 } },
  { name: 'over the right and lower edge', layout, scale: 2.2, degrees: 65, centre: { xPx: 1660, yPx: 1480 } },
]);

/** Whole-pixel landmarks of a case, 68 of them; those its layout does not use are (0, 0). A fixed jitter of ±2 pixels. */
export function patternLandmarks({ layout, scale, degrees, centre }: PatternCase): PixelPoint[] {
  const landmarks = Array.from({ length: 68 }, () => ({ xPx: 0, yPx: 0 }));
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  for (const {
    landmarks: [landmark],
    xPx,
    yPx,
  } of (layout === 5 ? DLIB_CHIP_5 : DLIB_CHIP_68).targets) {
    const [x, y] = [scale * (xPx - 75), scale * (yPx - 75)];
    landmarks[landmark] = {
      xPx: Math.round(centre.xPx + cos * x - sin * y) + ((landmark * 7) % 5) - 2,
      yPx: Math.round(centre.yPx + sin * x + cos * y) + ((landmark * 3) % 5) - 2,
    };
  }
  return landmarks;
}

/** Landmarks as dlib's detections hold them: all 68, or the five of its small predictor in its order. */
export function dlibPoints(layout: Layout, landmarks: readonly PixelPoint[]): [number, number][] {
  const chosen =
    layout === 68 ? landmarks : DLIB_CHIP_5.targets.map(({ landmarks: [landmark] }) => landmarks[landmark]);
  return chosen.map(({ xPx, yPx }) => [xPx, yPx]);
}
