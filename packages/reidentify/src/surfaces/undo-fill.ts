import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { erode, lineOfSight, realValuesOf, resampleMask } from '@efface/kernels';
import {
  add, allocateVoxels, type GridMask, invert, scale, spacingMm, transformPoint, uniformRescale, type Volume,
  wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { faceDepthMap, type FaceDepthRequest, faceDepthWindow } from '../geometry/face-depth.ts';
import type { Surface } from './surface.ts';

/** A head that somebody takes to be covered. */
export interface CoveredHead extends FaceDepthRequest {
  /** Everything under the surface. */
  readonly body: GridMask;
}

/** Where the fill is looked at, mm behind the surface: behind its blurred edge, before it ends. */
const FILL_BEHIND_MM = [3, 4.5, 6];

/** Values this many spreads of the fill from its median are no fill. */
const SPREADS = [1, 2, 4];

/** Least spread, as a share of how far the fill is from air: interpolation moves values as much. */
const LEAST_SPREAD = 0.1;

/** The outer surface is blurred this far inwards; nothing there is a surface inside the fill. */
const RIM_MM = 4;

/**
 * Surfaces inside a cover: somebody who knows that a face lies behind a fill measures what the fill is like, just behind
 * the surface in front of the face, and looks for what is denser and for what is thinner than that, by one, two and four
 * spreads. Old skin shows where the fill ends, by the tissue behind it or by a film of half-filled voxels that is left.
 * Empty where there is no face surface to look behind.
 */
export async function undoSurfaces(backend: Backend, head: CoveredHead): Promise<Surface[]> {
  const { volume, thresholdReal } = head;
  const fill = await fillBehindSurface(backend, head);
  if (!fill) return [];
  const spread = Math.max(fill.spread, LEAST_SPREAD * (fill.median - thresholdReal));
  const thinner = await negativeOfInside(backend, head, fill.median);
  return [
    ...SPREADS.map((n) => ({ name: 'undo', volume, thresholdReal: fill.median + n * spread })),
    ...SPREADS.map((n) => ({ name: 'undo', volume: thinner, thresholdReal: n * spread })),
  ];
}

/** Median of the values just behind the face's surface, and 1.4826 times the median deviation from it. */
async function fillBehindSurface(
  backend: Backend,
  head: CoveredHead,
): Promise<{ readonly median: number; readonly spread: number } | undefined> {
  const { volume, frame, thresholdReal } = head;
  const window = faceDepthWindow(frame);
  const map = await faceDepthMap(backend, head);
  const { grid, voxels, rescale } = volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const lpsToIjk = invert(grid.affineIjkToLps);
  const { originLps, uLps, vLps, pixelMm } = window;
  const sightLps = lineOfSight(window);
  const values: number[] = [];
  for (let v = 0; v < map.heightPx; v++)
    for (let u = 0; u < map.widthPx; u++) {
      const depthMm = map.depthMm[v * map.widthPx + u];
      if (Number.isNaN(depthMm)) continue;
      const pixel = add(originLps, add(scale(uLps, u * pixelMm), scale(vLps, v * pixelMm)));
      for (const behindMm of FILL_BEHIND_MM) {
        const p = transformPoint(lpsToIjk, add(pixel, scale(sightLps, depthMm + behindMm)));
        const [i, j, k] = p.map(Math.round);
        if (!(i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk)) continue;
        values.push(Number(voxels[i + ni * (j + nj * k)]) * rescale.slopePerK[k] + rescale.interceptPerK[k]);
      }
    }
  if (values.length === 0) return undefined;
  const median = medianOf(values);
  if (!(median > thresholdReal)) return undefined;
  return { median, spread: 1.4826 * medianOf(values.map((value) => Math.abs(value - median))) };
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}

/** How much thinner than the fill the inside of the body is; 0 outside it and in its rim. Real, f32. */
async function negativeOfInside(backend: Backend, { volume, body }: CoveredHead, fillReal: number): Promise<Volume> {
  const { grid } = volume;
  const { sizeIjk } = grid;
  const { words: bits } = body.mask;
  const mask = backend.createBuffer('undo/body', bits.byteLength, bits);
  const onGrid = resampleMask(backend, { mask, maskGrid: body.grid, targetGrid: grid });
  backend.release(mask);
  const inside = erode(backend, { mask: onGrid, sizeIjk, spacingMm: spacingMm(grid), radiusMm: RIM_MM });
  backend.release(onGrid);
  const words = new Uint32Array(await backend.read(inside));
  backend.release(inside);
  const stored = uploadVolume(backend, 'undo/volume', volume);
  const real = realValuesOf(backend, stored, grid, volume.rescale);
  releaseVolume(backend, stored);
  const [ni, nj, nk] = sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  voxels.set(new Float32Array(await backend.read(real)));
  backend.release(real);
  const perRow = wordsPerRow(ni);
  for (let row = 0, n = 0; row < nj * nk; row++)
    for (let i = 0; i < ni; i++, n++) {
      const isInside = (words[row * perRow + (i >> 5)] >>> (i & 31)) & 1;
      voxels[n] = isInside ? fillReal - voxels[n] : 0;
    }
  return { ...volume, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), unit: 'arbitrary', modality: 'OT' };
}
