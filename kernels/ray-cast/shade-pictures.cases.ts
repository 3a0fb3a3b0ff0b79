import { defineCases, type KernelCase, type KernelCases, Random } from '@efface/compute/testing';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type Camera } from './camera.ts';
import { type Light, packLights, pictureExtents } from './relight.ts';
import { type ShadePicturesBinding, type ShadePicturesParams } from './shade-pictures.gen.ts';
import { shadePictures } from './shade-pictures.ts';

/** Random unit normals, a third of them 0. */
function randomNormals(seed: number, count: number): Float32Array {
  const random = new Random(seed);
  const pixels = new Float32Array(4 * count);
  for (let p = 0; p < count; p++) {
    if (random.nextInteger(0, 2) === 0) continue;
    const z = 2 * random.nextF32() - 1;
    const angle = 6.2831853 * random.nextF32();
    const radius = Math.sqrt(1 - z * z);
    pixels.set([radius * Math.cos(angle), radius * Math.sin(angle), z, 1], 4 * p);
  }
  return pixels;
}

function lightsAround(n: number): Light[] {
  return Array.from({ length: n }, (_, l) => ({
    space: l % 2 === 0 ? 'lps' : 'camera',
    direction: [Math.sin(l), 0.4 * Math.cos(3 * l), Math.cos(l)],
  }));
}

interface ShadeCase {
  readonly cameras: readonly (readonly [number, number])[];
  readonly nLights: number;
  readonly halfLambert?: boolean;
  readonly ambient?: number;
  readonly background?: number;
}

function shadeCase(given: ShadeCase): KernelCase<ShadePicturesParams, ShadePicturesBinding> {
  const { cameras, nLights, halfLambert = false, ambient = 0.15, background = 0 } = given;
  const seen = cameras.map(([widthPx, heightPx], c) => cameraAt(c, widthPx, heightPx));
  const { words, wordCount } = pictureExtents(seen);
  const pictures = cameras.map(([w, h]) => `${w}x${h}`).join(',');
  return {
    id: `cameras=${cameras.length > 4 ? `${cameras.length}*` : ''}[${cameras.length > 4 ? cameras[0].join('x') : pictures}];lights=${nLights};half=${halfLambert};ambient=${ambient};background=${background}`,
    params: {
      cameraCount: cameras.length,
      lightCount: nLights,
      wordCount,
      ambient: Math.round(ambient * 2 ** 15),
      background,
    },
    constants: { IS_HALF_LAMBERT: halfLambert ? 1 : 0 },
    buffers: (seed) => ({
      gBuffer: {
        init: randomNormals(
          seed,
          cameras.reduce((sum, [w, h]) => sum + w * h, 0),
        ),
      },
      extents: { init: words },
      lights: { init: packLights(lightsAround(nLights), seen) },
      pictures: { sizeBytes: 4 * wordCount * nLights, element: 'u8' },
    }),
  };
}

function cameraAt(c: number, widthPx: number, heightPx: number): Camera {
  return { kind: 'orthographic', eyeLps: [c, -90, 3 * c], targetLps: [0, 0, 0], upLps: [0, 0, 1], heightMm: 90, widthPx, heightPx }; // prettier-ignore
}

export const shadeCases: KernelCases[] = [
  defineCases(shadePictures, {
    eval: [
      shadeCase({ cameras: [[37, 29], [1, 1], [16, 5]], nLights: 3 }),
      shadeCase({ cameras: [[37, 29], [3, 1]], nLights: 2, halfLambert: true, background: 24 }),
      shadeCase({ cameras: [[1, 1]], nLights: 1, ambient: 1, background: 255 }),
      shadeCase({ cameras: [[13, 11]], nLights: 5, ambient: 0 }),
      inSmallWorkgroups(shadeCase({ cameras: [[512, 515]], nLights: 1, halfLambert: true })),
    ],
    perf: [9, 1].map((n) => shadeCase({ cameras: Array.from({ length: n }, () => [512, 512] as const), nLights: 9 })),
  }),
]; // prettier-ignore
