import {
  type Grid, ijkToLps, invert, type Mask, spacingMm, transformPoint, transformVector, type Vec3, type Volume,
} from '@efface/volume'; // prettier-ignore
import { blankPicture, type Picture, type Rgb } from './picture.ts';

/** One cut through a volume: the plane through `centreLps` spanned by two unit directions (LPS). */
export interface SlicePlane {
  readonly centreLps: Vec3;
  /** Direction of growing x in the picture. */
  readonly rightLps: Vec3;
  /** Direction of growing y (down) in the picture. */
  readonly downLps: Vec3;
}

/** Real values shown as black and as white. */
export interface Window {
  readonly low: number;
  readonly high: number;
}

/** The three radiological planes: axial (anterior up), coronal (superior up), sagittal (anterior left, superior up). */
export function orthogonalPlanes(centreLps: Vec3): { axial: SlicePlane; coronal: SlicePlane; sagittal: SlicePlane } {
  return {
    axial: { centreLps, rightLps: [1, 0, 0], downLps: [0, 1, 0] },
    coronal: { centreLps, rightLps: [1, 0, 0], downLps: [0, 0, -1] },
    sagittal: { centreLps, rightLps: [0, 1, 0], downLps: [0, 0, -1] },
  };
}

/** Smallest cube around the centre that holds the whole grid: its edge in mm. */
export function extentMm(grid: Grid, centreLps: Vec3): number {
  let extent = 0;
  for (let corner = 0; corner < 8; corner++) {
    const p = ijkToLps(grid, [
      corner & 1 ? grid.sizeIjk[0] - 1 : 0,
      corner & 2 ? grid.sizeIjk[1] - 1 : 0,
      corner & 4 ? grid.sizeIjk[2] - 1 : 0,
    ]);
    for (let d = 0; d < 3; d++) extent = Math.max(extent, 2 * Math.abs(p[d] - centreLps[d]));
  }
  return Math.max(extent, ...spacingMm(grid));
}

/** Where to cut and how to show it: a square of `sizePx` pixels that covers `extentMm`. */
export interface SliceView {
  readonly plane: SlicePlane;
  readonly window: Window;
  readonly sizePx: number;
  readonly extentMm: number;
}

/** Index of the nearest voxel of every pixel, i fastest in the volume; −1 outside the grid. */
export function voxelsOfSlice(grid: Grid, { plane, sizePx, extentMm }: SliceView): Int32Array {
  const voxelOfPixel = new Int32Array(sizePx * sizePx).fill(-1);
  const lpsToIjk = invert(grid.affineIjkToLps);
  const mmPerPx = extentMm / sizePx;
  const centreIjk = transformPoint(lpsToIjk, plane.centreLps);
  const dx = transformVector(lpsToIjk, plane.rightLps).map((v) => v * mmPerPx);
  const dy = transformVector(lpsToIjk, plane.downLps).map((v) => v * mmPerPx);
  const [ni, nj, nk] = grid.sizeIjk;
  const half = (sizePx - 1) / 2;
  for (let y = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++) {
      const i = Math.round(centreIjk[0] + dx[0] * (x - half) + dy[0] * (y - half));
      const j = Math.round(centreIjk[1] + dx[1] * (x - half) + dy[1] * (y - half));
      const k = Math.round(centreIjk[2] + dx[2] * (x - half) + dy[2] * (y - half));
      if (i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk) continue;
      voxelOfPixel[y * sizePx + x] = (k * nj + j) * ni + i;
    }
  }
  return voxelOfPixel;
}

/** The real values at `voxelOfPixel` as grey, black outside the grid. */
export function greySlice(volume: Volume, { window, sizePx }: SliceView, voxelOfPixel: Int32Array): Picture {
  const picture = blankPicture(sizePx, sizePx);
  const { voxels, rescale, grid } = volume;
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const greyPerUnit = 255 / (window.high - window.low);
  voxelOfPixel.forEach((voxel, p) => {
    if (voxel < 0) return;
    const k = Math.floor(voxel / perSlice);
    const real = Number(voxels[voxel]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
    const grey = Math.min(255, Math.max(0, Math.round((real - window.low) * greyPerUnit)));
    picture.rgb.fill(grey, 3 * p, 3 * p + 3);
  });
  return picture;
}

/** Colour of the rim of what was removed. */
const REMOVED_RGB: Rgb = [255, 40, 40];

/**
 * Draws a cut (nearest voxel, black outside the grid) with the rim of `mask` in red. `mask` is on the volume's grid;
 * a pixel is rim when its voxel is inside the mask and a neighbouring pixel's voxel is not.
 */
export function drawSlice(
  volume: Volume,
  mask: Mask | undefined,
  plane: SlicePlane,
  window: Window,
  sizePx: number,
  extentMillimetres: number,
): Picture {
  const view: SliceView = { plane, window, sizePx, extentMm: extentMillimetres };
  const voxelOfPixel = voxelsOfSlice(volume.grid, view);
  const picture = greySlice(volume, view, voxelOfPixel);
  if (mask) drawMaskRim(picture, mask, voxelOfPixel);
  return picture;
}

/** The rim of a mask in red. */
export function drawMaskRim(picture: Picture, mask: Mask, voxelOfPixel: Int32Array): void {
  const [ni] = mask.sizeIjk;
  const inside = Uint8Array.from(voxelOfPixel, (voxel) => {
    if (voxel < 0) return 0;
    const row = Math.floor(voxel / ni);
    const i = voxel - row * ni;
    return (mask.words[row * mask.wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1;
  });
  drawRim(picture, inside, REMOVED_RGB);
}

/** Paints every inside pixel with an outside neighbour; the picture's border is no neighbour. */
export function drawRim(picture: Picture, inside: Uint8Array, colour: Rgb): void {
  const { widthPx, heightPx, rgb } = picture;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const p = y * widthPx + x;
      if (inside[p] === 0) continue;
      const isRim =
        (x > 0 && inside[p - 1] === 0) ||
        (x + 1 < widthPx && inside[p + 1] === 0) ||
        (y > 0 && inside[p - widthPx] === 0) ||
        (y + 1 < heightPx && inside[p + widthPx] === 0);
      if (isRim) rgb.set(colour, 3 * p);
    }
  }
}

/**
 * The window to look at a volume with: −160..240 HU on CT, else the 1st to 99th percentile of about 100 000 evenly
 * spaced voxels above the smallest value (air would else take the whole range).
 */
export function displayWindow(volume: Volume): Window {
  if (volume.unit === 'HU') return { low: -160, high: 240 };
  const { voxels, rescale, grid } = volume;
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const stride = Math.max(1, Math.floor(voxels.length / 100_000));
  const sample = new Float64Array(Math.ceil(voxels.length / stride));
  for (let n = 0; n < sample.length; n++) {
    const k = Math.floor((n * stride) / perSlice);
    sample[n] = Number(voxels[n * stride]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
  }
  const finite = sample.filter(Number.isFinite).sort();
  const foreground = finite.filter((v) => v > finite[0]);
  if (foreground.length === 0) return { low: 0, high: 1 };
  const low = foreground[Math.floor(0.01 * (foreground.length - 1))];
  const high = foreground[Math.floor(0.99 * (foreground.length - 1))];
  return high > low ? { low, high } : { low, high: low + 1 };
}
