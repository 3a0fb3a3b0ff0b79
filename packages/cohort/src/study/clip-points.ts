import type { RegionContour } from '@efface/io';
import { type Grid, type Mask, maskHas, spacingMm, transformPoint, type Vec3 } from '@efface/volume';

/** Where points may not be. */
export interface RemovedRegion {
  readonly grid: Grid;
  readonly affineLpsToIjk: readonly number[];
  readonly removed: Mask;
  readonly marginMm: number;
}

/**
 * Contours whose points stand for themselves, without those in the removed region: points lose members, open lines fall
 * into the parts that are left, which have two points at least, and are also parted where a line between two points goes
 * through the removed region.
 */
export function clipPoints({ type, pointsLps }: RegionContour, region: RemovedRegion): Float64Array[] {
  const isLine = type === 'OPEN_PLANAR' || type === 'OPEN_NONPLANAR';
  const parts: number[][] = [[]];
  let before: Vec3 | undefined;
  for (let n = 0; n < pointsLps.length; n += 3) {
    const point: Vec3 = [pointsLps[n], pointsLps[n + 1], pointsLps[n + 2]];
    const ijk = transformPoint(region.affineLpsToIjk, point);
    const isKept = !isRemoved(ijk, region);
    if (isLine && (!isKept || (before !== undefined && !isClear(before, ijk, region)))) parts.push([]);
    if (isKept) parts[parts.length - 1].push(...point);
    before = isKept ? ijk : undefined;
  }
  return parts.filter((part) => part.length >= (isLine ? 6 : 3)).map((part) => Float64Array.from(part));
}

/** Is a removed voxel, its faces included, within the margin? */
function isRemoved(ijk: Vec3, { grid, removed, marginMm }: RemovedRegion): boolean {
  const spacing = spacingMm(grid);
  const reach = spacing.map((mm) => 0.5 + marginMm / mm);
  const low = ijk.map((at, d) => Math.max(0, Math.ceil(at - reach[d])));
  const high = ijk.map((at, d) => Math.min(grid.sizeIjk[d] - 1, Math.floor(at + reach[d])));
  const offMm = (d: 0 | 1 | 2, voxel: number): number => Math.max(0, Math.abs(ijk[d] - voxel) - 0.5) * spacing[d];
  for (let k = low[2]; k <= high[2]; k++) {
    for (let j = low[1]; j <= high[1]; j++) {
      for (let i = low[0]; i <= high[0]; i++) {
        if (maskHas(removed, i, j, k) && Math.hypot(offMm(0, i), offMm(1, j), offMm(2, k)) <= marginMm) return true;
      }
    }
  }
  return false;
}

/** Is the line between two points free of removed voxels, looked at every half voxel? */
function isClear(from: Vec3, to: Vec3, region: RemovedRegion): boolean {
  const steps = Math.ceil(2 * Math.max(...to.map((at, d) => Math.abs(at - from[d]))));
  for (let s = 1; s < steps; s++) {
    const at = (d: 0 | 1 | 2): number => from[d] + ((to[d] - from[d]) * s) / steps;
    if (isRemoved([at(0), at(1), at(2)], region)) return false;
  }
  return true;
}
