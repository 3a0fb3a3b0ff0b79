import { type CpuKernel } from '@efface/compute';
import { type GapStencilBinding, type GapStencilParams } from './gap-stencil.gen.ts';

/** Pixels that are there: 0 or 1, with a border of BORDER zeros on all sides, for rows v − BORDER … v + BORDER. */
const BORDER = 2;

function gapStencilMain(
  { sizePx, wordsPerRow, pull }: GapStencilParams,
  isPlate: boolean,
  gap: Uint32Array,
  valid: Uint32Array,
  goal: Float32Array,
  planes: Float32Array,
  free: Float32Array,
  load: Float32Array,
  begin: number,
  end: number,
): void {
  const [nu, nv] = sizePx;
  const size = nu * nv;
  const width = nu + 2 * BORDER;
  const isThere = new Uint8Array((2 * BORDER + 1) * width);
  for (let v = begin; v < end; v++) {
    fillRows(isThere, width, sizePx, wordsPerRow, gap, valid, v);
    for (let u = 0; u < nu; u++) {
      const at = v * nu + u;
      const p = BORDER * width + BORDER + u;
      const diagonal = isPlate
        ? plate(isThere, width, p, planes, size, at)
        : membrane(isThere, width, p, planes, size, at);
      planes[at] = isThere[p] === 1 ? diagonal + pull : diagonal;
      load[at] = pull > 0 ? pull * goal[at] : 0;
      const isGap = (gap[v * wordsPerRow + (u >>> 5)] >>> (u & 31)) & 1;
      free[at] = isGap === 1 && planes[at] > 0 ? 1 : 0;
    }
  }
}

function fillRows(
  isThere: Uint8Array,
  width: number,
  [nu, nv]: readonly [number, number],
  wordsPerRow: number,
  gap: Uint32Array,
  valid: Uint32Array,
  v: number,
): void {
  for (let r = 0; r <= 2 * BORDER; r++) {
    const row = v + r - BORDER;
    const to = r * width + BORDER;
    if (row < 0 || row >= nv) isThere.fill(0, to, to + nu);
    else
      for (let u = 0; u < nu; u++) {
        const word = row * wordsPerRow + (u >>> 5);
        isThere[to + u] = ((gap[word] | valid[word]) >>> (u & 31)) & 1;
      }
  }
}

function membrane(t: Uint8Array, width: number, p: number, planes: Float32Array, size: number, at: number): number {
  const here = t[p];
  const right = here * t[p + 1];
  const below = here * t[p + width];
  planes[size + at] = -right;
  planes[2 * size + at] = -below;
  return right + below + here * t[p - 1] + here * t[p - width];
}

function plate(t: Uint8Array, width: number, p: number, planes: Float32Array, size: number, at: number): number {
  const u = 1;
  const v = width;
  const uHere = t[p - u] * t[p] * t[p + u];
  const uAfter = t[p] * t[p + u] * t[p + 2 * u];
  const vHere = t[p - v] * t[p] * t[p + v];
  const vAfter = t[p] * t[p + v] * t[p + 2 * v];
  const square = t[p] * t[p + u] * t[p + v] * t[p + u + v];
  const squareLeft = t[p - u] * t[p] * t[p - u + v] * t[p + v];
  const squareAbove = t[p - v] * t[p - v + u] * t[p] * t[p + u];
  planes[size + at] = -2 * (uHere + uAfter + square + squareAbove);
  planes[2 * size + at] = -2 * (vHere + vAfter + square + squareLeft);
  planes[3 * size + at] = uAfter;
  planes[4 * size + at] = vAfter;
  planes[5 * size + at] = 2 * square;
  planes[6 * size + at] = 2 * squareLeft;
  const ends = uAfter + vAfter + t[p - 2 * u] * t[p - u] * t[p] + t[p - 2 * v] * t[p - v] * t[p];
  const squareBoth = t[p - u - v] * t[p - v] * t[p - u] * t[p];
  return 4 * (uHere + vHere) + ends + 2 * (square + squareLeft + squareAbove + squareBoth);
}

/** Units are rows of pixels. */
export const gapStencilCpu: CpuKernel<GapStencilParams, GapStencilBinding> = {
  units: ({ sizePx }) => sizePx[1],
  run: ({ params, constants, buffers: { gap, valid, goal, planes, free, load }, begin, end }) =>
    gapStencilMain(
      params,
      constants['IS_PLATE'] === 1,
      gap.u32,
      valid.u32,
      goal.f32,
      planes.f32,
      free.f32,
      load.f32,
      begin,
      end,
    ),
};
