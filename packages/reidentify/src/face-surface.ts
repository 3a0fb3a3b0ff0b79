import { type Backend } from '@efface/compute';
import {
  add,
  dot,
  invert,
  type Mask,
  maskHas,
  scale,
  subtract,
  transformPoint,
  type Vec3,
  type Volume,
} from '@efface/volume';
import { PORTRAIT_DISTANCE_MM, PORTRAIT_FIELD_MM, type RenderFrame, renderViews } from './render.ts';

/** Half width of the face window, mm: outer corners of the eyes (Farkas 1994: biocular width 88 to 91 mm in adults). */
const HALF_WIDTH_MM = 45;
/** From the tip of the nose down to the chin and up to the brow, mm (Farkas 1994: subnasale to gnathion 65 to 72). */
const BELOW_NOSE_MM = 60;
const ABOVE_NOSE_MM = 45;
/** Pixels along the edge of the picture: 2.2 mm each, finer than any feature that counts here. */
const SIZE_PX = 128;

/** How much of the skin that a camera in front of the face sees lies in a region. */
export interface FaceSurface {
  /** Pixels of skin inside the face window. */
  readonly nPixels: number;
  /** Share of them whose skin lies in the region, 0 … 1; 0 when there is no skin in the window. */
  readonly removedShare: number;
}

/**
 * Looks at the face from the front and asks of every point of skin between brow and chin whether it is in `mask` (on the
 * volume's grid): what is not will be in the picture of the altered head as well.
 */
export async function faceSurfaceInRegion(
  backend: Backend,
  request: {
    readonly volume: Volume;
    readonly mask: Mask;
    readonly frame: RenderFrame;
    readonly thresholdReal: number;
    readonly noseTipLps: Vec3;
    readonly smoothMm: number;
  },
): Promise<FaceSurface> {
  const { volume, mask, frame, noseTipLps } = request;
  const { forwardLps, eyeLps, rayLps } = frontCamera(frame);
  const [front] = await renderViews(backend, {
    ...request,
    views: [{ name: 'front', yawDegrees: 0, pitchDegrees: 0 }],
    sizePx: SIZE_PX,
    fieldMm: PORTRAIT_FIELD_MM,
    light: { yawDegrees: 0, pitchDegrees: 0 },
  });
  const lpsToIjk = invert(volume.grid.affineIjkToLps);
  const { sizeIjk } = volume.grid;
  let nPixels = 0;
  let nRemoved = 0;
  for (let y = 0; y < SIZE_PX; y++) {
    for (let x = 0; x < SIZE_PX; x++) {
      const p = y * SIZE_PX + x;
      if (front.hit[p] === 0) continue;
      const pLps = add(eyeLps, scale(rayLps(x, y), front.depthMm[p]));
      const fromNose = subtract(pLps, noseTipLps);
      const up = dot(fromNose, frame.superiorLps);
      // Only the half of the head that faces the camera is face.
      if (dot(subtract(pLps, frame.originLps), forwardLps) > 0) continue;
      if (Math.abs(dot(fromNose, frame.leftLps)) > HALF_WIDTH_MM || up < -BELOW_NOSE_MM || up > ABOVE_NOSE_MM) continue;
      nPixels++;
      const at = transformPoint(lpsToIjk, pLps).map((v, d) => Math.min(sizeIjk[d] - 1, Math.max(0, Math.round(v))));
      if (maskHas(mask, at[0], at[1], at[2])) nRemoved++;
    }
  }
  return { nPixels, removedShare: nPixels === 0 ? 0 : nRemoved / nPixels };
}

/** The camera of `renderViews` straight ahead: its eye, its line of sight, and the ray through each pixel. */
function frontCamera(frame: RenderFrame): {
  readonly eyeLps: Vec3;
  readonly forwardLps: Vec3;
  readonly rayLps: (x: number, y: number) => Vec3;
} {
  const forwardLps = frame.posteriorLps;
  const eyeLps = add(frame.originLps, scale(forwardLps, -PORTRAIT_DISTANCE_MM));
  const mmPerPx = PORTRAIT_FIELD_MM / SIZE_PX;
  const rayLps = (x: number, y: number): Vec3 => {
    const right = (x - (SIZE_PX - 1) / 2) * mmPerPx;
    const up = ((SIZE_PX - 1) / 2 - y) * mmPerPx;
    const ray = add(
      scale(forwardLps, PORTRAIT_DISTANCE_MM),
      add(scale(frame.leftLps, right), scale(frame.superiorLps, up)),
    );
    return scale(ray, 1 / Math.hypot(...ray));
  };
  return { eyeLps, forwardLps, rayLps };
}
