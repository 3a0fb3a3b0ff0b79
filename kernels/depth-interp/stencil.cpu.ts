/** STENCIL_OFFSETS of shared/stencil.wgsl, along u and v. */
export const OFFSETS_U = [0, 1, 0, 2, 0, 1, -1, 2, -2, 1, -1, 2, -2];
export const OFFSETS_V = [0, 0, 1, 0, 2, 1, 1, 1, 1, 2, 2, 2, 2];

/** Columns of one row with a free pixel: from the first to past the last; first = past when there is none. */
export function freeRange(free: Float32Array, base: number, nu: number): readonly [number, number] {
  let first = 0;
  let past = nu;
  while (first < past && free[base + first] === 0) first++;
  while (past > first && free[base + past - 1] === 0) past--;
  return [first, past];
}

/** Scratch of `stencilRow`, one number for each column. */
export interface StencilRow {
  /** Product of the operator's row with the picture. */
  readonly product: Float64Array;
  /** Sum of the magnitudes of the row's coefficients. */
  readonly magnitude: Float64Array;
  /** Sum of the coefficients. */
  readonly sum: Float64Array;
}

/** Scratch for rows of nu columns. */
export function stencilScratch(nu: number): StencilRow {
  return { product: new Float64Array(nu), magnitude: new Float64Array(nu), sum: new Float64Array(nu) };
}

/** `stencil_row` of shared/stencil-row.wgsl for columns begin … end − 1 of picture row v, coefficient after coefficient. */
export function stencilRow(
  planes: Float32Array,
  planeCount: number,
  [nu, nv]: readonly [number, number],
  v: number,
  begin: number,
  end: number,
  src: Float32Array,
  row: StencilRow,
): void {
  const first = Math.max(begin, 1);
  const past = Math.min(end, nu - 1);
  if (planeCount === 3 && v > 0 && v + 1 < nv && first < past) {
    fivePoints(planes, nu, nu * nv, v * nu, first, past, src, row.product, row.magnitude);
    if (begin < first) anyPoints(planes, planeCount, [nu, nv], v, begin, first, src, row);
    if (past < end) anyPoints(planes, planeCount, [nu, nv], v, past, end, src, row);
  } else anyPoints(planes, planeCount, [nu, nv], v, begin, end, src, row);
}

function anyPoints(
  planes: Float32Array,
  planeCount: number,
  [nu, nv]: readonly [number, number],
  v: number,
  begin: number,
  end: number,
  src: Float32Array,
  { product, magnitude, sum }: StencilRow,
): void {
  const base = v * nu;
  for (let u = begin; u < end; u++) {
    const a = planes[base + u];
    sum[u] = a;
    magnitude[u] = Math.abs(a);
    product[u] = 0;
  }
  for (let n = 1; n < planeCount; n++) {
    const du = OFFSETS_U[n];
    const dv = OFFSETS_V[n];
    const step = dv * nu + du;
    const plane = n * nu * nv;
    if (v + dv < nv) {
      const last = Math.min(end, nu - du);
      for (let u = Math.max(begin, -du); u < last; u++) {
        const at = base + u;
        const a = planes[plane + at];
        sum[u] += a;
        magnitude[u] += Math.abs(a);
        product[u] += a * (src[at + step] - src[at]);
      }
    }
    if (v - dv >= 0) {
      const last = Math.min(end, nu + du);
      for (let u = Math.max(begin, du); u < last; u++) {
        const there = base + u - step;
        const a = planes[plane + there];
        sum[u] += a;
        magnitude[u] += Math.abs(a);
        product[u] += a * (src[there] - src[base + u]);
      }
    }
  }
  for (let u = begin; u < end; u++) product[u] += sum[u] * src[base + u];
}

/** The same for five points inside the picture, in one loop. */
function fivePoints(
  planes: Float32Array,
  nu: number,
  size: number,
  base: number,
  begin: number,
  end: number,
  src: Float32Array,
  product: Float64Array,
  magnitude: Float64Array,
): void {
  for (let u = begin; u < end; u++) {
    const at = base + u;
    const here = src[at];
    const diagonal = planes[at];
    const right = planes[size + at];
    const left = planes[size + at - 1];
    const below = planes[2 * size + at];
    const above = planes[2 * size + at - nu];
    magnitude[u] = Math.abs(diagonal) + Math.abs(right) + Math.abs(left) + Math.abs(below) + Math.abs(above);
    let sum = right * (src[at + 1] - here) + left * (src[at - 1] - here);
    sum += below * (src[at + nu] - here) + above * (src[at - nu] - here);
    product[u] = sum + (diagonal + right + left + below + above) * here;
  }
}
