import { normalize, type Vec3 } from '@efface/volume';
import { type SurfaceView } from './ray-cast.ts';

/** How a surface is lit. */
export interface Shading {
  /** From the surface to the light, LPS; any length. A light that turns with the head is given in the head's frame, brought to LPS. */
  readonly lightLps: Vec3;
  /** Share of the light that comes from everywhere, 0 … 1. Default 0.15. */
  readonly ambient?: number;
  /** `lambert` is cos θ, dark beyond 90°; `half-lambert` is ((1 + cos θ)/2)², which keeps form in the shade. Default `lambert`. */
  readonly model?: 'lambert' | 'half-lambert';
  /** Grey of pixels without surface, 0 … 255. Default 0. */
  readonly background?: number;
}

/** Grey picture of a view, row by row, 8 bit. Throws RangeError for a light of length 0. */
export function shade(view: SurfaceView, shading: Shading): Uint8Array {
  const { ambient = 0.15, model = 'lambert', background = 0 } = shading;
  const [l, p, s] = normalize(shading.lightLps);
  const { hit, normalLps } = view;
  const grey = new Uint8Array(hit.length);
  for (let n = 0; n < hit.length; n++) {
    if (hit[n] === 0) {
      grey[n] = background;
      continue;
    }
    const cosine = normalLps[3 * n] * l + normalLps[3 * n + 1] * p + normalLps[3 * n + 2] * s;
    const lit = model === 'lambert' ? Math.max(0, cosine) : ((1 + cosine) / 2) ** 2;
    grey[n] = Math.round(255 * Math.min(1, ambient + (1 - ambient) * lit));
  }
  return grey;
}
