import { type Grid, type Mask, maskHas, spacingMm } from '@efface/volume';

const FAR = 1e20;

/**
 * Distance, mm, of every voxel centre to the nearest centre of `bytes` = 1 (0 there), i fastest. Exact: lower envelope
 * of parabolas along each axis (Felzenszwalb & Huttenlocher, Theory of Computing 8, 2012).
 */
export function distanceMm(grid: Grid, bytes: Uint8Array): Float32Array {
  const spacing = spacingMm(grid);
  const squared = Float64Array.from(bytes, (inside) => (inside ? 0 : FAR));
  const [ni, nj, nk] = grid.sizeIjk;
  const strides = [1, ni, ni * nj];
  for (const axis of [0, 1, 2] as const) {
    const n = grid.sizeIjk[axis];
    const [a, b] = [0, 1, 2].filter((other) => other !== axis);
    const line = new Float64Array(n);
    const vertex = new Int32Array(n);
    const edge = new Float64Array(n + 1);
    for (let q = 0; q < grid.sizeIjk[b]; q++) {
      for (let p = 0; p < grid.sizeIjk[a]; p++) {
        const start = p * strides[a] + q * strides[b];
        for (let s = 0; s < n; s++) line[s] = squared[start + s * strides[axis]];
        envelope(line, vertex, edge, spacing[axis]);
        for (let s = 0, v = 0; s < n; s++) {
          while (edge[v + 1] < s) v++;
          squared[start + s * strides[axis]] = line[vertex[v]] + ((s - vertex[v]) * spacing[axis]) ** 2;
        }
      }
    }
  }
  return Float32Array.from({ length: ni * nj * nk }, (_, n) => Math.sqrt(squared[n]));
}

function envelope(line: Float64Array, vertex: Int32Array, edge: Float64Array, step: number): void {
  let k = 0;
  vertex[0] = 0;
  edge[0] = -Infinity;
  edge[1] = Infinity;
  for (let q = 1; q < line.length; q++) {
    const meet = (v: number): number => (line[q] - line[v]) / (2 * step * step * (q - v)) + (q + v) / 2;
    let s = meet(vertex[k]);
    while (s <= edge[k]) s = meet(vertex[--k]);
    vertex[++k] = q;
    edge[k] = s;
    edge[k + 1] = Infinity;
  }
}

/** Voxels of the mask with a face neighbour outside it, as bytes. The grid's border counts as outside. */
export function boundaryBytes(mask: Mask): Uint8Array {
  const [ni, nj, nk] = mask.sizeIjk;
  const out = new Uint8Array(ni * nj * nk);
  const has = (i: number, j: number, k: number): boolean =>
    i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk && maskHas(mask, i, j, k);
  for (let k = 0, n = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, n++) {
        if (!has(i, j, k)) continue;
        const isInner =
          has(i - 1, j, k) &&
          has(i + 1, j, k) &&
          has(i, j - 1, k) &&
          has(i, j + 1, k) &&
          has(i, j, k - 1) &&
          has(i, j, k + 1);
        out[n] = isInner ? 0 : 1;
      }
    }
  }
  return out;
}

/** 95 % Hausdorff distance of two masks, mm: the larger of both directed 95th percentiles of boundary distances. */
export function hausdorff95Mm(grid: Grid, a: Mask, b: Mask): number {
  const [edgeA, edgeB] = [boundaryBytes(a), boundaryBytes(b)];
  const directed = (from: Uint8Array, to: Uint8Array): number => {
    const distance = distanceMm(grid, to);
    const found = distance.filter((_, n) => from[n] === 1).sort();
    return found[Math.min(found.length - 1, Math.ceil(0.95 * found.length) - 1)];
  };
  return Math.max(directed(edgeA, edgeB), directed(edgeB, edgeA));
}
