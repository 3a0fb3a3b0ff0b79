import { type Backend } from '@efface/compute';
import { coverDepth, type DepthWindow } from '@efface/kernels';
import { wordsPerRow } from '@efface/volume';
import { type Lumps } from './lumps.ts';
import { type SeenSkin } from './skin-field.ts';

/** What to cover in a window. */
export interface CoverShapeRequest {
  readonly window: DepthWindow;
  readonly seen: SeenSkin;
  /** 1 for each pixel to be covered. */
  readonly gap: Uint8Array;
  /** The cover lies this far in front of the skin at least. */
  readonly coverMm: number;
  /** Height of the cover's random relief, mm. */
  readonly reliefMm: number;
  readonly lumps: Lumps;
  /** Depth at which the image begins, NaN where the line of sight misses it. */
  readonly beginMm: Float32Array;
}

/** Over this length from the rim the cover rises to its height. */
const RAMP_MM = 8;
/** A node of the relief. */
const RELIEF_NODE_MM = 7;

/** The cover of a window: f32 for each pixel, mm; the skin itself outside the gap, NaN where there is no skin. */
export async function coverShape(backend: Backend, request: CoverShapeRequest): Promise<Float32Array> {
  const { window, seen, gap, coverMm, reliefMm, lumps, beginMm } = request;
  const { sizePx, pixelMm } = window;
  const [nu, nv] = sizePx;
  const perRow = wordsPerRow(nu);
  const gapBits = new Uint32Array(perRow * nv);
  const validBits = new Uint32Array(perRow * nv);
  const skin = new Float32Array(nu * nv);
  const heightMm = new Float32Array(nu * nv);
  for (let v = 0, n = 0; v < nv; v++)
    for (let u = 0; u < nu; u++, n++) {
      if (Number.isNaN(seen.skinMm[n])) continue;
      skin[n] = seen.skinMm[n];
      const bit = 1 << (u & 31);
      validBits[v * perRow + (u >>> 5)] |= bit;
      if (gap[n]) gapBits[v * perRow + (u >>> 5)] |= bit;
      const relief = lumps.at((u * pixelMm) / RELIEF_NODE_MM, (v * pixelMm) / RELIEF_NODE_MM, 0);
      heightMm[n] = coverMm + reliefMm * Math.min(1, Math.max(0, 0.5 + relief / 3));
    }
  const buffers = {
    depthMm: backend.createBuffer('cover/skin', skin.byteLength, skin),
    valid: backend.createBuffer('cover/valid', validBits.byteLength, validBits),
    gap: backend.createBuffer('cover/gap', gapBits.byteLength, gapBits),
  };
  const { gap: gapBuffer, ...field } = buffers;
  const cover = coverDepth(backend, { skin: field, window, gap: gapBuffer, coverMm: heightMm, rampMm: RAMP_MM });
  const coverField = new Float32Array(await backend.read(cover));
  for (const buffer of [cover, ...Object.values(buffers)]) backend.release(buffer);
  return coverField.map((depth, n) => {
    if (Number.isNaN(seen.skinMm[n])) return Number.NaN;
    return Math.min(seen.skinMm[n], Math.max(depth, beginMm[n]));
  });
}
