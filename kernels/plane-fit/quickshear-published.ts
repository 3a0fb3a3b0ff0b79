import { type AxisCode, axisCodes, type Grid, type Mask, maskHas, type Vec3 } from '@efface/volume';
import { lowerHull, type Point2 } from './hull.ts';

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
  /** Stored axes of posterior and superior. */
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

/**
 * The plane of the Quickshear reference implementation (Schimke & Hale, USENIX HealthSec 2011; nipy/quickshear), with
 * its conventions, so that results can be compared voxel by voxel: silhouette edge by the 4-neighbour Laplacian with
 * wrap-around, first segment of its lower hull only, buffer subtracted along superior in voxels, and a loop over as many
 * posterior indices as there are superior ones. Throws RangeError when the mask has no silhouette edge.
 *
 */
export function publishedCut(grid: Grid, brain: Mask, bufferVoxels: number): PublishedCut {
  const view = rpsView(grid);
  const [nr, np, ns] = view.sizeRps;
  const flat = new Uint8Array(np * ns);
  const ijk: [number, number, number] = [0, 0, 0];
  const place = (axis: 0 | 1 | 2, index: number): void => {
    const size = view.sizeRps[axis];
    ijk[view.storedAxis[axis]] = view.isFlipped[axis] ? size - 1 - index : index;
  };
  for (let p = 0; p < np; p++) {
    place(1, p);
    for (let s = 0; s < ns; s++) {
      place(2, s);
      for (let r = 0; r < nr && flat[p * ns + s] === 0; r++) {
        place(0, r);
        if (maskHas(brain, ijk[0], ijk[1], ijk[2])) flat[p * ns + s] = 1;
      }
    }
  }
  const at = (p: number, s: number): number => flat[((p + np) % np) * ns + ((s + ns) % ns)];
  const edge: Point2[] = [];
  for (let p = 0; p < np; p++)
    for (let s = 0; s < ns; s++)
      if (4 * at(p, s) !== at(p - 1, s) + at(p + 1, s) + at(p, s - 1) + at(p, s + 1)) edge.push([p, s]);
  const hull = lowerHull(edge);
  if (hull.length < 2) throw new RangeError('the silhouette of the brain mask has no edge');
  const [[p0, s0], [p1, s1]] = hull;
  const slope = (s1 - s0) / (p1 - p0);
  const interceptVoxels = s0 - slope * p0 - bufferVoxels;

  // The reference pairs the k-th *positive* height with index k, whatever index it was computed for.
  const removedBelowPerP = new Int32Array(np);
  let k = 0;
  for (let index = 0; index < ns; index++) {
    const height = slope * index + interceptVoxels;
    if (height <= 0) continue;
    if (k < np) removedBelowPerP[k] = Math.trunc(height);
    k++;
  }
  return {
    axisP: view.storedAxis[1],
    axisS: view.storedAxis[2],
    isFlippedP: view.isFlipped[1],
    isFlippedS: view.isFlipped[2],
    removedBelowPerP,
    slope,
    interceptVoxels,
  };
}

/** The removed voxels of a published cut, on the grid it was made for. */
export function maskOfPublishedCut(grid: Grid, cut: PublishedCut): Mask {
  const [ni, nj, nk] = grid.sizeIjk;
  const perRow = Math.ceil(ni / 32);
  const words = new Uint32Array(new SharedArrayBuffer(4 * perRow * nj * nk));
  const { axisP, axisS, isFlippedP, isFlippedS, removedBelowPerP } = cut;
  const sizeP = grid.sizeIjk[axisP];
  const sizeS = grid.sizeIjk[axisS];
  const p: [number, number, number] = [0, 0, 0];
  for (p[2] = 0; p[2] < nk; p[2]++) {
    for (p[1] = 0; p[1] < nj; p[1]++) {
      const row = (p[2] * nj + p[1]) * perRow;
      for (p[0] = 0; p[0] < ni; p[0]++) {
        const posterior = isFlippedP ? sizeP - 1 - p[axisP] : p[axisP];
        const superior = isFlippedS ? sizeS - 1 - p[axisS] : p[axisS];
        if (superior < removedBelowPerP[posterior]) words[row + (p[0] >>> 5)] |= 1 << (p[0] & 31);
      }
    }
  }
  return { sizeIjk: grid.sizeIjk, wordsPerRow: perRow, words };
}
