import { gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread } from '@efface/compute';
import { type InsertLabelBinding, type InsertLabelParams } from './insert-label.gen.ts';

/** One half of the labels of a voxel: what it has without the bit, and the bit of the mask. */
function insertLabelThread(this: GpuJsThread, labels: number[][], src: number[][], half: number, bit: number): number {
  const old = labels[this.thread.y][this.thread.x];
  if (this.thread.x % 2 !== half) {
    return old;
  }
  const i = Math.floor(this.thread.x / 2);
  const word = Math.floor(i / 16);
  const weight = 1 << bit;
  const has = (old >> bit) & 1;
  const isSet = (src[this.thread.y][word] >> (i - 16 * word)) & 1;
  return old + (isSet - has) * weight;
}

/** Half of a voxel's labels a thread. */
export const insertLabelGpuJs: GpuJsForm<InsertLabelParams, InsertLabelBinding> = {
  passes: ({ params: { sizeIjk, wordsPerRow, label }, buffers }) => {
    const rows = sizeIjk[1] * sizeIjk[2];
    const labels = gpuJsArray(buffers.labels.u16, [2 * sizeIjk[0], rows]);
    const src = gpuJsHalves(buffers.src, wordsPerRow, [rows]);
    const args = [labels, src, Math.floor(label / 16), { integer: label % 16 }];
    return [{ thread: insertLabelThread, args, output: labels.size, into: labels.values }];
  },
};
