import { gpuJsArray, type GpuJsForm, type GpuJsPass, type GpuJsThread } from '@efface/compute';
import { EXTENT_WORDS } from './shade-pictures.cpu.ts';
import { type ShadePicturesBinding, type ShadePicturesParams } from './shade-pictures.gen.ts';

/**
 * One grey value: pixel x of the picture under light y, 0 past the last pixel. Products of integers beyond 2²⁴ stay in
 * one expression; `| 0` makes integers of floats.
 */
function shadePicturesThread(
  this: GpuJsThread, gBuffer: number[], lights: number[][], pixelCount: number, ambient: number, background: number,
  isHalfLambert: number,
): number {
  if (this.thread.x >= pixelCount) {
    return 0;
  }
  const nx = Math.floor(Math.fround(gBuffer[4 * this.thread.x] * 16384 + 0.5));
  const ny = Math.floor(Math.fround(gBuffer[4 * this.thread.x + 1] * 16384 + 0.5));
  const nz = Math.floor(Math.fround(gBuffer[4 * this.thread.x + 2] * 16384 + 0.5));
  if (nx === 0 && ny === 0 && nz === 0) {
    return background;
  }
  const lx = lights[this.thread.y][0];
  const ly = lights[this.thread.y][1];
  const lz = lights[this.thread.y][2];
  const dot = ((nx | 0) * (lx | 0) + (ny | 0) * (ly | 0) + (nz | 0) * (lz | 0)) >> 13;
  const cosine = Math.max(-32768, Math.min(32767, dot));
  let lit = Math.max(cosine, 0);
  if (isHalfLambert === 1) {
    lit = (((cosine + 32768) | 0) * ((cosine + 32768) | 0)) >>> 17;
  }
  return ((((ambient << 15) + (32768 - ambient) * (lit | 0)) >> 7) * 255 + 4194304) >> 23;
} // prettier-ignore

/** A pixel under one light a thread, a pass for each camera. */
export const shadePicturesGpuJs: GpuJsForm<ShadePicturesParams, ShadePicturesBinding> = {
  passes: ({ params: { cameraCount, lightCount, ambient, background }, constants, buffers }) =>
    Array.from({ length: cameraCount }, (_, camera): GpuJsPass => {
      const extent = buffers.extents.u32.subarray(EXTENT_WORDS * camera, EXTENT_WORDS * (camera + 1));
      const [firstPixel, pixelCount, firstWord, wordCount] = extent;
      const lights = Float32Array.from(
        buffers.lights.i32.subarray(4 * camera * lightCount, 4 * (camera + 1) * lightCount),
      );
      const first = 4 * firstWord * lightCount;
      return {
        thread: shadePicturesThread,
        args: [
          gpuJsArray(buffers.gBuffer.f32.subarray(4 * firstPixel), [4 * pixelCount]),
          gpuJsArray(lights, [4, lightCount]),
          pixelCount,
          { integer: ambient },
          background,
          constants['IS_HALF_LAMBERT'],
        ],
        output: [4 * wordCount, lightCount],
        into: buffers.pictures.u8.subarray(first, first + 4 * wordCount * lightCount),
      };
    }),
};
