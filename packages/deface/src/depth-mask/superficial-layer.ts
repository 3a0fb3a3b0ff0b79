import { type DepthWindow, lineOfSight } from '@efface/kernels';
import { invert, scale, transformPoint, transformVector, type Volume } from '@efface/volume';

/** Quantiles kept of each depth. */
const LEVELS = 33;
const BIN_MM = 0.5;
/** Every so many pixels of a window along each axis. */
const STRIDE_PX = 2;
/** With fewer values a depth has no distribution of its own and takes its neighbour's. */
const LEAST_VALUES = 32;

/** Thickness of the tissue that fills the inside of new skin, and the depths between which it begins, mm: before bone and airways. */
const TISSUE_MM = { thickness: 5, from: 2, atMost: 10 };
/** It begins where the median rises by less than this share over the next RISE_MM: on PET a centimetre of skin is blur. */
const MOST_RISE = 0.15;
const RISE_MM = 2;
/** Of that tissue, without what is air or bone. */
const TISSUE_SHARES = { from: 0.15, to: 0.95 };
/** Of the blurred edge, whose spread is more that of where the skin is than of what is there. */
const EDGE_SHARES = { from: 0.2, to: 0.8 };
/** Skin whose depth differs more between neighbouring pixels is seen from the side, mm for each mm: its edge looks wider. */
const STEEPEST = 1;

/** Real values of an image by their depth below the skin. */
export interface SuperficialLayer {
  /** Depth of the middle of the first bin, mm; negative in front of the skin. */
  readonly firstMm: number;
  readonly binMm: number;
  /** Depth from which on there is tissue, all of one distribution. */
  readonly tissueMm: number;
  /** LEVELS real values for each bin, from low to high. The last bin is that of all greater depths. */
  readonly quantiles: Float32Array;
}

/** Where the skin is: NaN at pixels without. */
export interface SkinField {
  readonly window: DepthWindow;
  readonly skinMm: Float32Array;
}

/**
 * What a volume has around and under the skin, by depth along the line of sight: the blurred edge from `edgeMm` in front
 * of it, bin by bin, then one distribution for all that is deeper. Undefined where the volume does not reach the skin.
 */
export function superficialLayer(
  volume: Volume,
  fields: readonly SkinField[],
  edgeMm: number,
): SuperficialLayer | undefined {
  const nBefore = Math.ceil(edgeMm / BIN_MM);
  const firstMm = (0.5 - nBefore) * BIN_MM;
  const bins = Array.from({ length: nBefore + (TISSUE_MM.atMost + TISSUE_MM.thickness) / BIN_MM }, (): number[] => []);
  for (const field of fields)
    forSkinPixels(volume, field, (realAt) => {
      for (const [b, values] of bins.entries()) {
        const real = realAt(firstMm + b * BIN_MM);
        if (!Number.isNaN(real)) values.push(real);
      }
    });
  const sorted = bins.map((values) => Float64Array.from(values).sort());
  const nEdge = firstOfPlateau(sorted, nBefore);
  const tissue = sorted.slice(nEdge, nEdge + TISSUE_MM.thickness / BIN_MM).flatMap((values) => [...values]);
  const distributions = [...sorted.slice(0, nEdge), Float64Array.from(tissue).sort()];
  const quantiles = new Float32Array(LEVELS * distributions.length);
  let known = -1;
  for (let b = nEdge; b >= 0; b--) {
    const values = distributions[b];
    if (values.length < LEAST_VALUES) {
      if (known < 0) return undefined;
      quantiles.copyWithin(LEVELS * b, LEVELS * known, LEVELS * (known + 1));
      continue;
    }
    known = b;
    const { from, to } = b === nEdge ? TISSUE_SHARES : EDGE_SHARES;
    for (let level = 0; level < LEVELS; level++) {
      const share = from + ((to - from) * level) / (LEVELS - 1);
      quantiles[LEVELS * b + level] = values[Math.round(share * (values.length - 1))];
    }
  }
  return { firstMm, binMm: BIN_MM, tissueMm: (nEdge - nBefore) * BIN_MM, quantiles };
}

/** The bin in which tissue begins: `nBefore` bins are in front of the skin. */
function firstOfPlateau(sorted: readonly Float64Array[], nBefore: number): number {
  const medians = sorted.map((values) => (values.length < LEAST_VALUES ? Number.NaN : values[values.length >> 1]));
  const [least, most] = [TISSUE_MM.from, TISSUE_MM.atMost].map((mm) => nBefore + mm / BIN_MM);
  const air = Math.min(...medians.filter((median) => !Number.isNaN(median)));
  const first = medians.findIndex((median, b) => b >= least && medians[b + RISE_MM / BIN_MM] - median <= MOST_RISE * (median - air)); // prettier-ignore
  return first < 0 ? least : Math.min(first, most);
}

/** The value at a depth whose rank among those of this depth is `share`, 0 … 1. */
export function layerValue({ firstMm, binMm, quantiles }: SuperficialLayer, depthMm: number, share: number): number {
  const last = quantiles.length / LEVELS - 1;
  const x = Math.min(Math.max((depthMm - firstMm) / binMm, 0), last);
  const bin = Math.min(Math.floor(x), last - 1);
  const rank = share * (LEVELS - 1);
  const level = Math.min(Math.floor(rank), LEVELS - 2);
  const at = LEVELS * bin + level;
  const near = quantiles[at] + (quantiles[at + 1] - quantiles[at]) * (rank - level);
  const far = quantiles[at + LEVELS] + (quantiles[at + LEVELS + 1] - quantiles[at + LEVELS]) * (rank - level);
  return near + (far - near) * (x - bin);
}

/** Calls back for pixels with skin seen from the front; `realAt` gives the nearest voxel's value at a depth below it. */
function forSkinPixels(
  volume: Volume,
  { window, skinMm }: SkinField,
  each: (realAt: (belowMm: number) => number) => void,
): void {
  const { pixelMm, sizePx } = window;
  const realAt = realAlongSight(volume, window);
  for (let v = STRIDE_PX; v < sizePx[1]; v += STRIDE_PX)
    for (let u = STRIDE_PX; u < sizePx[0]; u += STRIDE_PX) {
      const n = v * sizePx[0] + u;
      const depth = skinMm[n];
      const [dU, dV] = [depth - skinMm[n - 1], depth - skinMm[n - sizePx[0]]];
      if (Math.hypot(dU, dV) <= STEEPEST * pixelMm) each((belowMm) => realAt(u, v, depth + belowMm));
    }
}

/** Reads the voxel nearest to a place in a window, real; NaN beyond the image and where nothing was measured. */
export function realAlongSight(
  { grid, voxels, rescale, paddingRange }: Volume,
  { originLps, uLps, vLps, pixelMm, ...window }: DepthWindow,
): (u: number, v: number, depthMm: number) => number {
  const [ni, nj, nk] = grid.sizeIjk;
  const lpsToIjk = invert(grid.affineIjkToLps);
  const origin = transformPoint(lpsToIjk, originLps);
  const [stepU, stepV, stepDepth] = [
    scale(uLps, pixelMm), scale(vLps, pixelMm), lineOfSight({ originLps, uLps, vLps, pixelMm, ...window }),
  ].map((vector) => transformVector(lpsToIjk, vector)); // prettier-ignore
  return (u, v, depthMm) => {
    const index = (axis: number): number =>
      Math.round(origin[axis] + u * stepU[axis] + v * stepV[axis] + depthMm * stepDepth[axis]);
    const [i, j, k] = [index(0), index(1), index(2)];
    if (!(i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk)) return Number.NaN;
    const stored = Number(voxels[i + ni * (j + nj * k)]);
    if (paddingRange && stored >= paddingRange[0] && stored <= paddingRange[1]) return Number.NaN;
    return stored * rescale.slopePerK[k] + rescale.interceptPerK[k];
  };
}
