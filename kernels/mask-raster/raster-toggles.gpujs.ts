import { gpuJsArray, type GpuJsForm, type GpuJsThread } from '@efface/compute';
import { type RasterTogglesBinding, type RasterTogglesParams } from './raster-toggles.gen.ts';

/** One half of a voxel: every toggle of its row that lies at or before it turns over the bit of its region. */
function rasterTogglesThread(this: GpuJsThread, rowStart: number[], toggles: number[], count: number): number {
  const i = Math.floor(this.thread.x / 2);
  const half = this.thread.x % 2;
  let bits = 0;
  const end = Math.min(rowStart[this.thread.y + 1], count);
  for (let t = rowStart[this.thread.y]; t < end; t += 1) {
    const voxel = Math.floor(toggles[t] / 32);
    const region = toggles[t] - 32 * voxel - 16 * half;
    if (voxel <= i && region >= 0 && region < 16) {
      bits = bits ^ (1 << (region | 0));
    }
  }
  return bits;
}

/** Half of a voxel's regions a thread. Toggles are below 2²⁴ for rows of up to 2¹⁹ voxels. */
export const rasterTogglesGpuJs: GpuJsForm<RasterTogglesParams, RasterTogglesBinding> = {
  passes: ({ params: { sizeI, rows, toggleCount }, buffers }) => {
    const rowStart = gpuJsArray(buffers.rowStart.u32, [rows + 1]);
    const toggles = gpuJsArray(buffers.toggles.u32, [buffers.toggles.u32.length]);
    const dst = gpuJsArray(buffers.dst.u16, [2 * sizeI, rows]);
    return [
      { thread: rasterTogglesThread, args: [rowStart, toggles, toggleCount], output: dst.size, into: dst.values },
    ];
  },
};
