import { type CpuKernel } from '@efface/compute';
import { type DilateBallBinding, type DilateBallParams } from './dilate-ball.gen.ts';

function dilateBallMain(
  { sizeIjk, wordsPerRow, offsetCount }: DilateBallParams,
  src: Uint32Array,
  offsets: Int32Array,
  dst: Uint32Array,
  begin: number,
  end: number,
): void {
  const [ni, nj, nk] = sizeIjk;
  const tail = ni & 31;
  const lastBits = tail === 0 ? -1 : (1 << tail) - 1;
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    for (let w = 0; w < wordsPerRow; w++) {
      let bits = 0;
      for (let n = 0; n < offsetCount; n++) {
        const oj = j + offsets[4 * n];
        const ok = k + offsets[4 * n + 1];
        if (oj < 0 || ok < 0 || oj >= nj || ok >= nk) continue;
        const base = (ok * nj + oj) * wordsPerRow;
        const here = src[base + w];
        const before = w > 0 ? src[base + w - 1] : 0;
        const after = w + 1 < wordsPerRow ? src[base + w + 1] : 0;
        if ((here | before | after) === 0) continue;
        bits |= here;
        const r = offsets[4 * n + 2];
        for (let s = 1; s <= r; s++) bits |= (here << s) | (here >>> s) | (before >>> (32 - s)) | (after << (32 - s));
        if (bits === -1) break;
      }
      dst[row * wordsPerRow + w] = w + 1 === wordsPerRow ? bits & lastBits : bits;
    }
  }
}

/** Units are rows (constant j, k). */
export const dilateBallCpu: CpuKernel<DilateBallParams, DilateBallBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, offsets, dst }, begin, end }) =>
    dilateBallMain(params, src.u32, offsets.i32, dst.u32, begin, end),
};
