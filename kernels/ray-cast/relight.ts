import { type Backend, type DeviceBuffer } from '@efface/compute';
import { add, normalize, scale, type Vec3 } from '@efface/volume';
import { type Camera, cameraRays } from './camera.ts';
import { type GBuffer } from './ray-cast.ts';
import { EXTENT_WORDS } from './shade-pictures.cpu.ts';
import { shadePictures } from './shade-pictures.ts';

/**
 * A light so far away that it comes from one direction: the vector from the surface to it, of any length. `lps` lights
 * stay with the patient; `camera` lights go with the camera and are given along its right, its up and from the scene
 * towards it; `frame` lights are given along three axes of their own, such as left, posterior and superior of a head.
 */
export type Light =
  | { readonly space: 'lps'; readonly direction: Vec3 }
  | { readonly space: 'camera'; readonly direction: Vec3 }
  | { readonly space: 'frame'; readonly direction: Vec3; readonly axesLps: readonly [Vec3, Vec3, Vec3] };

/** How surfaces answer to light. */
export interface Lighting {
  /** Share of the light that comes from everywhere, 0 … 1. Default 0.15. */
  readonly ambient?: number;
  /** `lambert` is cos θ, dark beyond 90°; `half-lambert` is ((1 + cos θ)/2)², which keeps form in the shade. Default `lambert`. */
  readonly model?: 'lambert' | 'half-lambert';
  /** Grey of pixels without surface, whole, 0 … 255. Default 0. */
  readonly background?: number;
}

/** Pictures on the device. The caller releases `buffer`. */
export interface Pictures {
  /**
   * 8-bit greys, row by row from the top left; each picture begins at a whole word and is padded with 0 to whole words.
   * All pictures of the first camera, light after light, then those of the second …
   */
  readonly buffer: DeviceBuffer;
  readonly cameras: readonly Camera[];
  readonly lightCount: number;
}

const NORMAL_UNITS = 2 ** 14;
const SHARE_UNITS = 2 ** 15;

/**
 * Pictures of every camera of a G-buffer under every light, in one launch and without a new ray: 9 cameras and 9 lights
 * are 81 pictures from 9 marches. The same bytes on every backend. Greys are round(255·(a + (1 − a)·lit)) with the
 * normal and the light rounded to 2⁻¹⁴, which moves a grey by less than 0.05 before it is rounded.
 * Throws RangeError without a light, for one of length 0, and for an ambient share or a background out of range.
 */
export function relight(
  backend: Backend,
  gBuffer: GBuffer,
  lights: readonly Light[],
  { ambient = 0.15, model = 'lambert', background = 0 }: Lighting = {},
): Pictures {
  const { cameras } = gBuffer;
  if (lights.length === 0) throw new RangeError('no light, no picture');
  if (!(ambient >= 0 && ambient <= 1)) throw new RangeError(`an ambient share of ${ambient}`);
  if (!(Number.isInteger(background) && background >= 0 && background <= 255))
    throw new RangeError(`a background of ${background}`);
  const { words, wordCount } = pictureExtents(cameras);
  const packed = packLights(lights, cameras);
  const extents = backend.createBuffer('picture-extents', words.byteLength, words);
  const lightBuffer = backend.createBuffer('lights', packed.byteLength, packed);
  const buffer = backend.createBuffer('pictures', 4 * wordCount * lights.length);
  backend.dispatch(shadePictures, {
    params: {
      cameraCount: cameras.length,
      lightCount: lights.length,
      wordCount,
      ambient: Math.round(ambient * SHARE_UNITS),
      background,
    },
    constants: { IS_HALF_LAMBERT: model === 'half-lambert' ? 1 : 0 },
    buffers: { gBuffer: gBuffer.buffer, extents, lights: lightBuffer, pictures: buffer },
  });
  backend.release(extents);
  backend.release(lightBuffer);
  return { buffer, cameras, lightCount: lights.length };
}

/** Brings pictures to the host: entry [c][l] is what camera c sees under light l, pixel (x, y) at y·widthPx + x. */
export async function readPictures(
  backend: Backend,
  { buffer, cameras, lightCount }: Pictures,
): Promise<Uint8Array[][]> {
  const greys = new Uint8Array(await backend.read(buffer));
  let first = 0;
  return cameras.map(({ widthPx, heightPx }) => {
    const nPixels = widthPx * heightPx;
    return Array.from({ length: lightCount }, () => {
      const picture = greys.slice(first, first + nPixels);
      first += 4 * Math.ceil(nPixels / 4);
      return picture;
    });
  });
}

/** Where the pixels and the words of each camera are, as the shader reads it. */
export function pictureExtents(cameras: readonly Camera[]): {
  readonly words: Uint32Array;
  readonly wordCount: number;
} {
  const words = new Uint32Array(EXTENT_WORDS * cameras.length);
  let firstPixel = 0;
  let wordCount = 0;
  cameras.forEach(({ widthPx, heightPx }, c) => {
    const nPixels = widthPx * heightPx;
    const nWords = Math.ceil(nPixels / 4);
    words.set([firstPixel, nPixels, wordCount, nWords], EXTENT_WORDS * c);
    firstPixel += nPixels;
    wordCount += nWords;
  });
  return { words, wordCount };
}

/** Unit vectors to the lights in LPS, units of 2⁻¹⁴, four words each: camera after camera, light after light. */
export function packLights(lights: readonly Light[], cameras: readonly Camera[]): Int32Array {
  const vectors = cameras.flatMap((camera) =>
    lights.map((light) => normalize(lightToLps(light, camera)).map((v) => Math.round(v * NORMAL_UNITS))),
  );
  return Int32Array.from(vectors.flatMap((v) => [...v, 0]));
}

function lightToLps(light: Light, camera: Camera): Vec3 {
  const { space, direction } = light;
  if (space === 'lps') return direction;
  const [a, b, c] = space === 'frame' ? light.axesLps : cameraAxesLps(camera);
  return add(add(scale(a, direction[0]), scale(b, direction[1])), scale(c, direction[2]));
}

/** To the right and up in the picture, and from the scene towards the camera. */
function cameraAxesLps(camera: Camera): readonly [Vec3, Vec3, Vec3] {
  const { rightLps, downLps, forwardLps } = cameraRays(camera);
  return [rightLps, scale(downLps, -1), scale(forwardLps, -1)];
}
