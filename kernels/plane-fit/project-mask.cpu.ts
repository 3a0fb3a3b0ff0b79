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
    const dstBase = row * dstWordsPerRow;
    if (axis === 0) {
      for (let w = 0; w < dstWordsPerRow; w++) {
        const first = 32 * w;
        const n = Math.min(32, nj - first);
        let bits = 0;
        for (let b = 0; b < n; b++) {
          if (rowHasAny(src, (row * nj + first + b) * wordsPerRow, wordsPerRow)) bits |= 1 << b;
        }
        dst[dstBase + w] = bits;
      }
    } else {
      // Rows of src one after the other into the row of dst, in the order of memory.
      const steps = axis === 1 ? nj : nk;
      const sourceBase = (axis === 1 ? row * nj : row) * wordsPerRow;
      const sourceStep = (axis === 1 ? 1 : nj) * wordsPerRow;
      dst.fill(0, dstBase, dstBase + dstWordsPerRow);
      for (let s = 0; s < steps; s++) {
        const base = sourceBase + s * sourceStep;
        for (let w = 0; w < dstWordsPerRow; w++) dst[dstBase + w] |= src[base + w];
      }
    }
  }
}

/** Units are rows of dst. */
export const projectMaskCpu: CpuKernel<ProjectMaskParams, ProjectMaskBinding> = {
  units: ({ sizeIjk, axis }) => (axis === 2 ? sizeIjk[1] : sizeIjk[2]),
  run: ({ params, buffers: { src, dst }, begin, end }) => projectMaskMain(params, src.u32, dst.u32, begin, end),
};
