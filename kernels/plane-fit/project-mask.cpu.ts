import { type CpuKernel } from '@efface/compute';
import { type ProjectMaskBinding, type ProjectMaskParams } from './project-mask.gen.ts';

/** Any voxel of the row (j, k)? */
function rowHasAny(src: Uint32Array, base: number, wordsPerRow: number): boolean {
  for (let w = 0; w < wordsPerRow; w++) if (src[base + w] !== 0) return true;
  return false;
}

/** The twin itself, for hosts that have the mask at hand. */
export function projectMaskMain(
  { sizeIjk, wordsPerRow, axis, dstWordsPerRow }: ProjectMaskParams,
  src: Uint32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const [, nj, nk] = sizeIjk;
  for (let row = begin; row < end; row++) {
    for (let w = 0; w < dstWordsPerRow; w++) {
      let bits = 0;
      if (axis === 0) {
        const first = 32 * w;
        const n = Math.min(32, nj - first);
        for (let b = 0; b < n; b++) {
          if (rowHasAny(src, (row * nj + first + b) * wordsPerRow, wordsPerRow)) bits |= 1 << b;
        }
      } else {
        const steps = axis === 1 ? nj : nk;
        for (let s = 0; s < steps; s++) {
          const sourceRow = axis === 1 ? row * nj + s : s * nj + row;
          bits |= src[sourceRow * wordsPerRow + w];
        }
      }
      dst[row * dstWordsPerRow + w] = bits;
    }
  }
}

/** Units are rows of dst. */
export const projectMaskCpu: CpuKernel<ProjectMaskParams, ProjectMaskBinding> = {
  units: ({ sizeIjk, axis }) => (axis === 2 ? sizeIjk[1] : sizeIjk[2]),
  run: ({ params, buffers: { src, dst }, begin, end }) => projectMaskMain(params, src.u32, dst.u32, begin, end),
};
