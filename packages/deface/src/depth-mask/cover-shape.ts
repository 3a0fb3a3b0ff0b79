import { type Backend } from '@efface/compute';
import { type DepthWindow, fillGap, NO_LIMIT } from '@efface/kernels';
import { wordsPerRow } from '@efface/volume';

/** What to cover in a window; fields have an f32 for each pixel, mm. */
export interface CoverShapeRequest {
  readonly window: DepthWindow;
  /** NaN where there is none. */
  readonly skinMm: Float32Array;
  /** 1 for each pixel to be covered. */
  readonly gap: Uint8Array;
  /** The cover lies so far in front of the skin at least. */
  readonly heightMm: Float32Array;
  /** Depth at which the image begins. */
  readonly beginMm: Float32Array;
}

/** Over this length from the rim the cover rises to its height. */
const RAMP_MM = 8;

/**
 * Depth of the cover of a window: the surface of least energy that is the skin outside the gap and lies `heightMm` in front
 * of it inside, less near the rim, and within the image; NaN where there is no skin.
 */
export async function coverShape(backend: Backend, request: CoverShapeRequest): Promise<Float32Array> {
  const { window, skinMm, gap, heightMm, beginMm } = request;
  const { sizePx, pixelMm } = window;
  const [nu, nv] = sizePx;
  const perRow = wordsPerRow(nu);
  const [gapBits, validBits] = [new Uint32Array(perRow * nv), new Uint32Array(perRow * nv)];
  skinMm.forEach((depth, n) => {
    if (Number.isNaN(depth)) return;
    const word = Math.floor(n / nu) * perRow + ((n % nu) >>> 5);
    validBits[word] |= 1 << ((n % nu) & 31);
    if (gap[n]) gapBits[word] |= 1 << ((n % nu) & 31);
  });
  const upload = (name: string, data: Uint32Array | Float32Array): ReturnType<Backend['createBuffer']> =>
    backend.createBuffer(`cover/${name}`, data.byteLength, data);
  const valid = upload('valid', validBits);
  const gapBuffer = upload('gap', gapBits);
  const read = async (buffer: ReturnType<Backend['createBuffer']>): Promise<Float32Array> => {
    const field = new Float32Array(await backend.read(buffer));
    backend.release(buffer);
    return field;
  };

  // 0 at the rim, 1 far from it: screened from what is known by RAMP_MM.
  const none = upload('none', new Float32Array(nu * nv));
  const ones = upload('ones', new Float32Array(nu * nv).fill(1));
  const pull = { perPixel: (pixelMm / RAMP_MM) ** 2, target: ones };
  const ramp = await read(fillGap(backend, { sizePx, values: none, gap: gapBuffer, valid, pull }));

  const skin = upload('skin', skinMm.map((depth) => (Number.isNaN(depth) ? 0 : depth))); // prettier-ignore
  const limits = skinMm.map((depth, n) =>
    gap[n] && !Number.isNaN(depth) ? depth - Math.min(1, ramp[n]) * heightMm[n] : NO_LIMIT,
  );
  const limit = upload('limit', limits);
  const cover = await read(fillGap(backend, { sizePx, values: skin, gap: gapBuffer, valid, limit }));
  for (const buffer of [valid, gapBuffer, none, ones, skin, limit]) backend.release(buffer);
  return cover.map((depth, n) => Math.min(skinMm[n], Math.max(depth, beginMm[n])));
}
