import type { FacePicture, PixelBox } from './face-picture.ts';

/** A face in a picture. */
export interface FaceDetection {
  /** 0…1, comparable within one detector only. */
  readonly score: number;
  readonly box: PixelBox;
}

/** What counts as found. */
export interface DetectOptions {
  /** Detections must score higher. Each detector is calibrated by itself; default 0.5. */
  readonly minScore?: number;
  /** Most faces of a picture; default 100. */
  readonly maxFaces?: number;
}

/** Finds faces in pictures. Users may bring their own. */
export interface FaceDetector extends AsyncDisposable {
  readonly name: string;
  /** One list for each picture, best score first; boxes end at the picture's edge. */
  detect(pictures: readonly FacePicture[], options?: DetectOptions): Promise<FaceDetection[][]>;
}

/** Intersection over union; 0 for boxes without area. */
export function overlap(a: PixelBox, b: PixelBox): number {
  const areaA = Math.max(0, a.widthPx) * Math.max(0, a.heightPx);
  const areaB = Math.max(0, b.widthPx) * Math.max(0, b.heightPx);
  if (areaA === 0 || areaB === 0) return 0;
  const width = Math.min(a.leftPx + a.widthPx, b.leftPx + b.widthPx) - Math.max(a.leftPx, b.leftPx);
  const height = Math.min(a.topPx + a.heightPx, b.topPx + b.heightPx) - Math.max(a.topPx, b.topPx);
  const common = Math.max(0, width) * Math.max(0, height);
  return common / (areaA + areaB - common);
}

/**
 * Greedy non-maximum suppression: best score first, what overlaps a kept one by more than `maxOverlap` is dropped.
 * Equal scores keep their order.
 */
export function suppressNonMaxima(
  candidates: readonly FaceDetection[],
  maxOverlap: number,
  maxFaces: number,
): FaceDetection[] {
  const kept: FaceDetection[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.length >= maxFaces) break;
    if (kept.every((other) => overlap(candidate.box, other.box) <= maxOverlap)) kept.push(candidate);
  }
  return kept;
}

/** The part of a box inside a picture; of no size where there is none. */
export function clipToPicture(box: PixelBox, { width, height }: FacePicture): PixelBox {
  const clip = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  const [leftPx, topPx] = [clip(box.leftPx, width), clip(box.topPx, height)];
  const widthPx = clip(box.leftPx + box.widthPx, width) - leftPx;
  return { leftPx, topPx, widthPx, heightPx: clip(box.topPx + box.heightPx, height) - topPx };
}
