import { type CpuKernel } from '@efface/compute';
import { type DilateBallBinding, type DilateBallParams } from './dilate-ball.gen.ts';

/** A row widened by `steps` voxels, in place; the twin has the whole row where the shader carries three words. */
function widen(row: Uint32Array, steps: number): void {
  const last = row.length - 1;
  for (let s = 0; s < steps; s++) {
    let before = 0;
    for (let w = 0; w <= last; w++) {
      const here = row[w];
      const after = w < last ? row[w + 1] : 0;
      row[w] = here | (here << 1) | (here >>> 1) | (before >>> 31) | (after << 31);
      before = here;
    }
  }
}

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
  const bits = new Uint32Array(wordsPerRow);
  for (let row = begin; row < end; row++) {
    const k = Math.floor(row / nj);
    const j = row - k * nj;
    bits.fill(0);
    let any = 0;
    let r = offsets[2];
    for (let n = 0; n < offsetCount; n++) {
      if (any !== 0) widen(bits, r - offsets[4 * n + 2]);
      r = offsets[4 * n + 2];
      const rowJ = j + offsets[4 * n];
      const rowK = k + offsets[4 * n + 1];
      if (rowJ < 0 || rowK < 0 || rowJ >= nj || rowK >= nk) continue;
      const base = (rowK * nj + rowJ) * wordsPerRow;
      for (let w = 0; w < wordsPerRow; w++) any |= bits[w] |= src[base + w];
    }
    if (any !== 0) widen(bits, r);
    bits[wordsPerRow - 1] &= lastBits;
    for (let w = 0; w < wordsPerRow; w++) dst[row * wordsPerRow + w] = bits[w];
  }
}

/** Units are rows (constant j, k). */
export const dilateBallCpu: CpuKernel<DilateBallParams, DilateBallBinding> = {
  units: ({ sizeIjk }) => sizeIjk[1] * sizeIjk[2],
  run: ({ params, buffers: { src, offsets, dst }, begin, end }) =>
    dilateBallMain(params, src.u32, offsets.i32, dst.u32, begin, end),
};
