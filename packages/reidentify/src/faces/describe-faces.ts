import { extractChip } from '../networks/face-chip.ts';
import type { FaceNetworks } from '../networks/face-models.ts';
import type { FacePicture, PixelBox, PixelPoint } from '../networks/face-picture.ts';
import type { FaceInPicture } from '../networks/landmark-finder.ts';

/** What a recogniser makes of the face in a picture. */
export interface FaceDescription {
  /** 68 points, in the picture's pixels. */
  readonly landmarks: readonly PixelPoint[];
  readonly descriptor: Float32Array;
}

/** Room around the outermost landmarks, share of their extent: as detectors draw their boxes. */
const MARGIN = 0.1;

/** The box of a face from its landmarks. */
export function boxOfLandmarks(points: readonly PixelPoint[]): PixelBox {
  const xs = points.map(({ xPx }) => xPx);
  const ys = points.map(({ yPx }) => yPx);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  return {
    leftPx: left - MARGIN * width,
    topPx: top - MARGIN * height,
    widthPx: (1 + 2 * MARGIN) * width,
    heightPx: (1 + 2 * MARGIN) * height,
  };
}

/**
 * Landmarks and descriptor of each face. The landmarks are sought twice, the second time in the box that the first ones
 * span: what is left of the first box's error is a tenth.
 */
export async function describeFaces(
  { landmarks: finder, recogniser }: Pick<FaceNetworks, 'landmarks' | 'recogniser'>,
  faces: readonly FaceInPicture[],
): Promise<FaceDescription[]> {
  const rough = await finder.find(faces);
  const landmarks = await finder.find(faces.map(({ picture }, n) => ({ picture, box: boxOfLandmarks(rough[n]) })));
  const chips = faces.map(({ picture }, n): FacePicture => extractChip(picture, landmarks[n], recogniser.layout));
  const descriptors = await recogniser.describe(chips);
  return descriptors.map((descriptor, n) => ({ landmarks: landmarks[n], descriptor }));
}

/** Mean of descriptors: what many pictures of one face say together. RangeError without any. */
export function meanDescriptor(descriptors: readonly Float32Array[]): Float32Array {
  if (descriptors.length === 0) throw new RangeError('no descriptor, no mean');
  const sum = new Float64Array(descriptors[0].length);
  for (const descriptor of descriptors) for (let n = 0; n < sum.length; n++) sum[n] += descriptor[n];
  return Float32Array.from(sum, (value) => value / descriptors.length);
}
