import { type AxisCode, axisCodes, createMask, type Grid, type Mask, type Vec3, wordsPerRow } from '@efface/volume';
import { lowerHull, type Point2 } from './hull.ts';
import { projectMaskMain } from './project-mask.cpu.ts';

/**
 * A grid seen with its axes flipped and permuted to right, posterior, superior, as the reference implementation does:
 * index 0 grows to the right, 1 to posterior, 2 to superior. Obliqueness is ignored.
 */
interface RpsView {
  readonly sizeRps: Vec3;
  /** Stored axis of each of R, P, S. */
  readonly storedAxis: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2];
  /** The stored index runs against R, P, S. */
  readonly isFlipped: readonly [boolean, boolean, boolean];
}

function rpsView(grid: Grid): RpsView {
  const codes = axisCodes(grid);
  const of = (lpsAxis: 0 | 1 | 2, sign: 1 | -1): readonly [0 | 1 | 2, boolean] => {
    const stored = codes.findIndex((code: AxisCode) => code.lpsAxis === lpsAxis) as 0 | 1 | 2;
    return [stored, codes[stored].sign !== sign];
  };
  const [r, p, s] = [of(0, -1), of(1, 1), of(2, 1)];
  return {
    sizeRps: [grid.sizeIjk[r[0]], grid.sizeIjk[p[0]], grid.sizeIjk[s[0]]],
    storedAxis: [r[0], p[0], s[0]],
    isFlipped: [r[1], p[1], s[1]],
  };
}

/** What the reference implementation would do to an image. */
export interface PublishedCut {
  /** Stored axes of left-right, posterior and superior. */
  readonly axisR: 0 | 1 | 2;
  readonly axisP: 0 | 1 | 2;
  readonly axisS: 0 | 1 | 2;
  readonly isFlippedP: boolean;
  readonly isFlippedS: boolean;
  /** For posterior index p (counted from anterior): voxels with superior index below this are removed. */
  readonly removedBelowPerP: Int32Array;
  /** Slope and intercept (voxels) of the line s = slope·p + intercept, buffer subtracted. */
  readonly slope: number;
  readonly interceptVoxels: number;
}

/** Sagittal silhouette of a mask in the view's axes: 1 at p·ns + s where any voxel along left-right is set. */
function sagittalSilhouette(mask: Mask, { sizeRps, storedAxis, isFlipped }: RpsView): Uint8Array {
  const { sizeIjk } = mask;
  const [, np, ns] = sizeRps;
  // Rows of the silhouette run along the first of the two axes that are left, in their stored order.
  const isRowAlongP = storedAxis[1] < storedAxis[2];
  const rows = isRowAlongP ? ns : np;
  const dstWordsPerRow = wordsPerRow(isRowAlongP ? np : ns);
  const bits = new Uint32Array(dstWordsPerRow * rows);
  const params = { sizeIjk, wordsPerRow: mask.wordsPerRow, axis: storedAxis[0], dstWordsPerRow };
  projectMaskMain(params, mask.words, bits, 0, rows);
  const flat = new Uint8Array(np * ns);
  for (let p = 0; p < np; p++) {
    for (let s = 0; s < ns; s++) {
      const storedP = isFlipped[1] ? np - 1 - p : p;
      const storedS = isFlipped[2] ? ns - 1 - s : s;
      const [column, row] = isRowAlongP ? [storedP, storedS] : [storedS, storedP];
      flat[p * ns + s] = (bits[row * dstWordsPerRow + (column >>> 5)] >>> (column & 31)) & 1;
    }
  }
  return flat;
}

/**
 * The plane of the Quickshear reference implementation (Schimke & Hale, USENIX HealthSec 2011; nipy/quickshear), with
 * its conventions, so that results can be compared voxel by voxel: silhouette edge by the 4-neighbour Laplacian with
 * wrap-around, first segment of its lower hull only, buffer subtracted along superior in voxels, and a loop over as many
 * posterior indices as there are superior ones. Throws RangeError where the reference fails too: no silhouette edge, a
 * vertical first segment, or a plane that is still above the floor behind the last posterior index.
 */
export function publishedCut(grid: Grid, brain: Mask, bufferVoxels: number): PublishedCut {
  const view = rpsView(grid);
  const [, np, ns] = view.sizeRps;
  const flat = sagittalSilhouette(brain, view);
  const at = (p: number, s: number): number => flat[((p + np) % np) * ns + ((s + ns) % ns)];
  const edge: Point2[] = [];
  for (let p = 0; p < np; p++)
    for (let s = 0; s < ns; s++)
      if (4 * at(p, s) !== at(p - 1, s) + at(p + 1, s) + at(p, s - 1) + at(p, s + 1)) edge.push([p, s]);
  const hull = lowerHull(edge);
  if (hull.length < 2) throw new RangeError('the silhouette of the brain mask has no edge');
  const [[p0, s0], [p1, s1]] = hull;
  if (p0 === p1) throw new RangeError('the silhouette of the brain mask is a single column of voxels');
  const slope = (s1 - s0) / (p1 - p0);
  const interceptVoxels = s0 - slope * p0 - bufferVoxels;
  return {
    axisR: view.storedAxis[0],
    axisP: view.storedAxis[1],
    axisS: view.storedAxis[2],
    isFlippedP: view.isFlipped[1],
    isFlippedS: view.isFlipped[2],
    removedBelowPerP: removedBelow(np, ns, slope, interceptVoxels),
    slope,
    interceptVoxels,
  };
}

/**
 * Superior index below which the reference removes, per posterior index. It walks the posterior indices of positive
 * height, but takes their heights from the start of the list of all heights: when the line starts below the floor, the
 * heights are those of other indices, and negative ones count from the top, as Python's slices do.
 */
function removedBelow(np: number, ns: number, slope: number, interceptVoxels: number): Int32Array {
  const heightOf = (index: number): number => index * slope + interceptVoxels;
  const below = new Int32Array(np);
  let taken = 0;
  for (let p = 0; p < ns; p++) {
    if (!(heightOf(p) > 0)) continue;
    if (p >= np)
      throw new RangeError(
        `the published rule walks ${ns} columns of an image that has ${np}; use the robust rule for this image`,
      );
    const stop = Math.trunc(heightOf(taken++));
    below[p] = stop < 0 ? Math.max(0, ns + stop) : Math.min(ns, stop);
  }
  return below;
}

/** The removed voxels of a published cut, on the grid it was made for. */
export function maskOfPublishedCut(grid: Grid, cut: PublishedCut): Mask {
  const mask = createMask(grid.sizeIjk);
  const [ni, nj, nk] = grid.sizeIjk;
  const { words, wordsPerRow: perRow } = mask;
  const { axisR, axisP, axisS, isFlippedP, isFlippedS, removedBelowPerP } = cut;
  const lastP = grid.sizeIjk[axisP] - 1;
  const lastS = grid.sizeIjk[axisS] - 1;
  const ijk: [number, number, number] = [0, 0, 0];
  const isRemoved = (): boolean => {
    const p = isFlippedP ? lastP - ijk[axisP] : ijk[axisP];
    const s = isFlippedS ? lastS - ijk[axisS] : ijk[axisS];
    return s < removedBelowPerP[p];
  };
  for (ijk[2] = 0; ijk[2] < nk; ijk[2]++) {
    for (ijk[1] = 0; ijk[1] < nj; ijk[1]++) {
      const row = (ijk[2] * nj + ijk[1]) * perRow;
      // The cut is the same everywhere along left-right: what lies beside a row along it is copied.
      const beside = axisR === 2 && ijk[2] > 0 ? row - nj * perRow : axisR === 1 && ijk[1] > 0 ? row - perRow : -1;
      if (beside >= 0) {
        words.copyWithin(row, beside, beside + perRow);
        continue;
      }
      if (axisR === 0) {
        if (isRemoved()) setVoxels(words, row, ni);
        continue;
      }
      for (ijk[0] = 0; ijk[0] < ni; ijk[0]++) if (isRemoved()) words[row + (ijk[0] >>> 5)] |= 1 << (ijk[0] & 31);
    }
  }
  return mask;
}

/** Sets the first `count` voxels of the row that begins at word `row`. */
function setVoxels(words: Uint32Array, row: number, count: number): void {
  words.fill(0xffffffff, row, row + (count >>> 5));
  if ((count & 31) !== 0) words[row + (count >>> 5)] = 2 ** (count & 31) - 1;
}
