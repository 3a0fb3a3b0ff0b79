import { type Backend, releaseVolume } from '@efface/compute';
import { depthField, type DepthWindow, depthWindow } from '@efface/kernels';
import { add, scale, wordsPerRow } from '@efface/volume';
import { type RenderFrame, type RenderRequest, surfaceField } from '../render.ts';
import { type DepthMap } from './match-depths.ts';

/** How far in front of the middle of the brain the window stands, mm: before any nose. */
const STAND_OFF_MM = 200;

/** Middle of the window below the middle of the brain, mm: between brow (about −15) and chin (about −110). */
const BELOW_BRAIN_MM = 60;

const PIXEL_MM = 1;
const SIZE_PX = [141, 141] as const;

/** A head and where it is. */
export interface FaceDepthRequest extends Pick<RenderRequest, 'volume' | 'thresholdReal' | 'smoothMm'> {
  readonly frame: RenderFrame;
}

/** Where depths of a face are measured from, in a head's frame. */
export function faceDepthWindow(frame: RenderFrame): DepthWindow {
  const ahead = add(scale(frame.posteriorLps, -STAND_OFF_MM), scale(frame.superiorLps, -BELOW_BRAIN_MM));
  return depthWindow({
    centreLps: add(frame.originLps, ahead),
    directionLps: frame.posteriorLps,
    upLps: frame.superiorLps,
    pixelMm: PIXEL_MM,
    sizePx: SIZE_PX,
  });
}

/**
 * Depth of the face straight from the front, along parallel lines: what matching shapes needs and light cannot change.
 * 141 × 141 pixels of 1 mm from the brow to the chin; behind the middle of the brain nothing is face.
 */
export async function faceDepthMap(backend: Backend, request: FaceDepthRequest): Promise<DepthMap> {
  const { volume, frame } = request;
  const { field, thresholdStored } = surfaceField(backend, request);
  const seen = depthField(backend, {
    volume: field,
    grid: volume.grid,
    thresholdStored,
    window: faceDepthWindow(frame),
  });
  const depthMm = new Float32Array(await backend.read(seen.depthMm));
  const valid = new Uint32Array(await backend.read(seen.valid));
  backend.release(seen.depthMm);
  backend.release(seen.valid);
  releaseVolume(backend, field);
  const [widthPx, heightPx] = SIZE_PX;
  const perRow = wordsPerRow(widthPx);
  for (let v = 0, n = 0; v < heightPx; v++)
    for (let u = 0; u < widthPx; u++, n++)
      if (((valid[v * perRow + (u >> 5)] >>> (u & 31)) & 1) === 0 || depthMm[n] > STAND_OFF_MM) depthMm[n] = Number.NaN;
  return { widthPx, heightPx, pixelMm: PIXEL_MM, depthMm };
}
