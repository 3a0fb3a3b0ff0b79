import { gpuJsHalves, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type ProjectMaskBinding, type ProjectMaskParams } from './project-mask.gen.ts';

/** Sixteen lines along i, those of rows 16·x … of slice y: is a voxel of the row set? */
function projectAlongRowsThread(this: GpuJsThread, src: number[][][], halvesPerRow: number, nj: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const j = 16 * this.thread.x + b;
    let any = 0;
    if (j < nj) {
      for (let h = 0; h < halvesPerRow; h++) {
        any = Math.max(any, src[this.thread.y][j][h]);
      }
    }
    bits += Math.min(any, 1) * weight;
    weight *= 2;
  }
  return bits;
}

/** Sixteen lines along j in slice y, or along k in row y. */
function projectAcrossRowsThread(this: GpuJsThread, src: number[][][], steps: number, isAlongK: number): number {
  let bits = 0;
  for (let s = 0; s < steps; s++) {
    if (isAlongK === 1) {
      bits = bits | src[s][this.thread.y][this.thread.x];
    } else {
      bits = bits | src[this.thread.y][s][this.thread.x];
    }
  }
  return bits;
}

/** Half a word a thread. */
export const projectMaskGpuJs: GpuJsForm<ProjectMaskParams, ProjectMaskBinding> = {
  passes: ({ params: { sizeIjk, wordsPerRow, axis, dstWordsPerRow }, buffers }) => {
    const [, nj, nk] = sizeIjk;
    const src = gpuJsHalves(buffers.src, wordsPerRow, [nj, nk]);
    const { values, size } = gpuJsHalves(buffers.dst, dstWordsPerRow, [axis === 2 ? nj : nk]);
    const whole = { output: size, into: values };
    return axis === 0
      ? [{ ...whole, thread: projectAlongRowsThread, args: [src, 2 * wordsPerRow, nj] }]
      : [{ ...whole, thread: projectAcrossRowsThread, args: [src, axis === 1 ? nj : nk, axis - 1] }];
  },
};
