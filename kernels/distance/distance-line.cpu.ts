import { type CpuKernel } from '@efface/compute';
import { type DistanceLineBinding, type DistanceLineParams } from './distance-line.gen.ts';

const FAR = 1e30;

/** Lines that are brought together: the voxels of a cache line. */
const BLOCK = 16;

function candidate(value: number, p: number, q: number, spacing: number): number {
  const distance = (p - q) * spacing;
  return value + distance * distance;
}

/** One line in place. `positions`, `starts` hold the envelope. */
function envelope(
  line: Float32Array,
  n: number,
  spacing: number,
  positions: Int32Array,
  starts: Int32Array,
  values: Float64Array,
): void {
  let entries = 0;
  for (let q = 0; q < n; q++) {
    const valueQ = line[q];
    if (valueQ >= FAR) continue;
    while (
      entries > 0 &&
      candidate(valueQ, starts[entries - 1], q, spacing) <
        candidate(values[entries - 1], starts[entries - 1], positions[entries - 1], spacing)
    )
      entries--;
    let first = 0;
    if (entries > 0) {
      // In f64 the crossing is exact enough; the shader has to look at the values beside it.
      const v = positions[entries - 1];
      const crossing = 0.5 * ((valueQ - values[entries - 1]) / ((q - v) * spacing * spacing) + (q + v));
      first = Math.floor(crossing) + 1;
    }
    if (first < n) {
      positions[entries] = q;
      starts[entries] = first;
      values[entries] = valueQ;
      entries++;
    }
  }
  if (entries === 0) return;
  for (let p = n - 1, e = entries - 1; p >= 0; p--) {
    while (p < starts[e]) e--;
    line[p] = candidate(values[e], p, positions[e], spacing);
  }
}

function distanceLineMain(
  { sizeIjk: [ni, nj, nk], axis, spacing }: DistanceLineParams,
  isLast: boolean,
  src: Float32Array,
  dst: Float32Array,
  begin: number,
  end: number,
): void {
  const n = axis === 1 ? nj : nk;
  const stride = axis === 1 ? ni : ni * nj;
  const blocks = Math.ceil(ni / BLOCK);
  const lines = Array.from({ length: BLOCK }, () => new Float32Array(n));
  const positions = new Int32Array(n);
  const starts = new Int32Array(n);
  const values = new Float64Array(n);
  for (let unit = begin; unit < end; unit++) {
    const slice = Math.floor(unit / blocks);
    const i = (unit - slice * blocks) * BLOCK;
    const base = slice * (axis === 1 ? ni * nj : ni) + i;
    const width = Math.min(BLOCK, ni - i);
    for (let b = 0; b < width; b++) {
      const line = lines[b];
      for (let p = 0, at = base + b; p < n; p++, at += stride) line[p] = src[at];
      envelope(line, n, spacing, positions, starts, values);
    }
    for (let p = 0, at = base; p < n; p++, at += stride) {
      if (isLast) for (let b = 0; b < width; b++) dst[at + b] = Math.sqrt(lines[b][p]);
      else for (let b = 0; b < width; b++) dst[at + b] = lines[b][p];
    }
  }
}

/** Units are bundles of neighbouring lines. */
export const distanceLineCpu: CpuKernel<DistanceLineParams, DistanceLineBinding> = {
  units: ({ sizeIjk: [ni, nj, nk], axis }) => Math.ceil(ni / BLOCK) * (axis === 1 ? nk : nj),
  run: ({ params, constants, buffers: { src, dst }, begin, end }) =>
    distanceLineMain(params, constants['IS_LAST'] === 1, src.f32, dst.f32, begin, end),
};
