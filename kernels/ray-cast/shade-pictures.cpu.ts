import { type CpuKernel } from '@efface/compute';
import { type ShadePicturesBinding, type ShadePicturesParams } from './shade-pictures.gen.ts';

/** 32-bit words of one entry of the shader's `extents`. */
export const EXTENT_WORDS = 4;

/** A component of a normal in units of 2⁻¹⁴. The product is exact, so one rounding is left, as in the shader. */
function quantized(component: number): number {
  return Math.floor(Math.fround(component * 16_384 + 0.5));
}

function grey(
  x: number,
  y: number,
  z: number,
  lights: Int32Array,
  light: number,
  isHalfLambert: boolean,
  ambient: number,
  background: number,
): number {
  if (x === 0 && y === 0 && z === 0) return background;
  const product = (x * lights[light] + y * lights[light + 1] + z * lights[light + 2]) >> 13;
  const cosine = product < -32_768 ? -32_768 : product > 32_767 ? 32_767 : product;
  const twice = cosine + 32_768;
  const lit = isHalfLambert ? Math.imul(twice, twice) >>> 17 : cosine > 0 ? cosine : 0;
  const lightShare = (ambient << 15) + Math.imul(32_768 - ambient, lit);
  return (Math.imul(lightShare >>> 7, 255) + 0x400000) >>> 23;
}

/** Words [begin, end) of the pictures under one light, and the same under the others. */
export function shadePicturesMain(
  { cameraCount, lightCount, ambient, background }: ShadePicturesParams,
  isHalfLambert: boolean,
  gBuffer: Float32Array,
  extents: Uint32Array,
  lights: Int32Array,
  pictures: Uint8Array,
  begin: number,
  end: number,
): void {
  for (let camera = 0; camera < cameraCount; camera++) {
    const at = EXTENT_WORDS * camera;
    const [firstPixel, pixelCount, firstWord, nWords] = extents.subarray(at, at + EXTENT_WORDS);
    const pixelEnd = Math.min(4 * (end - firstWord), pixelCount);
    for (let pixel = Math.max(4 * (begin - firstWord), 0); pixel < pixelEnd; pixel++) {
      const from = 4 * (firstPixel + pixel);
      const x = quantized(gBuffer[from]);
      const y = quantized(gBuffer[from + 1]);
      const z = quantized(gBuffer[from + 2]);
      let to = 4 * firstWord * lightCount + pixel;
      for (let l = 0; l < lightCount; l++, to += 4 * nWords)
        pictures[to] = grey(x, y, z, lights, 4 * (camera * lightCount + l), isHalfLambert, ambient, background);
    }
  }
}

/** Units are words of pictures under one light. */
export const shadePicturesCpu: CpuKernel<ShadePicturesParams, ShadePicturesBinding> = {
  units: ({ wordCount }) => wordCount,
  run: ({ params, constants, buffers: { gBuffer, extents, lights, pictures }, begin, end }) =>
    shadePicturesMain(
      params,
      constants['IS_HALF_LAMBERT'] === 1,
      gBuffer.f32,
      extents.u32,
      lights.i32,
      pictures.u8,
      begin,
      end,
    ),
};
