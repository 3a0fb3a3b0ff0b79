import { cross, dot, type Grid, normalize, scale, stepLps, subtract, type Vec3 } from '@efface/volume';

/** Contour Geometric Type (3006,0042), DICOM PS3.3 C.8.8.6.3. */
export type ContourType = 'CLOSED_PLANAR' | 'CLOSEDPLANAR_XOR' | 'OPEN_PLANAR' | 'OPEN_NONPLANAR' | 'POINT';

/** One contour of a region. */
export interface Contour {
  readonly type: ContourType;
  /** x, y, z of one point after the other, LPS mm: Contour Data (3006,0050). The last point need not repeat the first. */
  readonly pointsLps: ArrayLike<number>;
}

/**
 * Why a contour was not drawn: it is open or a point; it has fewer than three points; a coordinate is not a finite
 * number; its points do not lie in one plane parallel to the slices; its plane is farther than half the slice spacing
 * from every slice; no pixel centre of the grid can lie in it since it is beside the grid; another plane of the same
 * region is closer to the same slice.
 */
export type LeftOutReason =
  'open' | 'too-few-points' | 'not-finite' | 'not-in-slice-plane' | 'between-slices' | 'beside-grid' | 'farther-plane';

/** A contour ready to be drawn: coordinates in units of 1/FIXED_ONE voxel, whole numbers. */
export interface PlacedContour {
  readonly k: number;
  /** Along i, one per point. */
  readonly us: Float64Array;
  /** Along j, one per point. */
  readonly vs: Float64Array;
}

/**
 * Fixed-point units of a voxel. In-plane coordinates are rounded to them, 1 nm for a voxel of 1 mm: points meant to lie
 * on a pixel centre do, whatever the last bits of an affine, and no digit that contours are written with is lost.
 */
export const FIXED_ONE = 2 ** 20;

/** Points of a planar contour are this close to its plane, mm; decimal strings and rounded cosines stay far below. */
const PLANAR_TOLERANCE_MM = 0.1;

/** The slices of a grid and how patient coordinates fall on them. */
export class SliceFrame {
  readonly #grid: Grid;
  readonly #originsLps: readonly Vec3[];
  readonly #normal: Vec3;
  /** Vectors whose dot products with an in-plane vector are its i and j. */
  readonly #toI: Vec3;
  readonly #toJ: Vec3;
  /** Along the normal, mm, from the first slice, one per slice. */
  readonly #positionsMm: Float64Array;
  readonly #spacingMm: number;
  readonly #planarMm: number;

  /**
   * `originsLps`, when given, are the centres of voxel (0, 0, k): slices need not be evenly spaced. Throws RangeError
   * when their number is not nk or they do not follow each other along the normal.
   */
  constructor(grid: Grid, originsLps?: readonly Vec3[]) {
    const m = grid.affineIjkToLps;
    const nk = grid.sizeIjk[2];
    const [u, v, w] = ([0, 1, 2] as const).map((axis) => stepLps(grid, axis));
    const normal = normalize(cross(u, v));
    const side = dot(normal, w) < 0 ? -1 : 1;
    this.#grid = grid;
    this.#normal = scale(normal, side);
    this.#spacingMm = Math.abs(dot(normal, w));
    if (!(this.#spacingMm > 0)) throw new RangeError('the slices of the grid lie in each other');
    this.#planarMm = Math.min(PLANAR_TOLERANCE_MM, 0.1 * this.#spacingMm);
    const uu = dot(u, u);
    const vv = dot(v, v);
    const uv = dot(u, v);
    const det = uu * vv - uv * uv;
    this.#toI = subtract(scale(u, vv / det), scale(v, uv / det));
    this.#toJ = subtract(scale(v, uu / det), scale(u, uv / det));
    if (originsLps !== undefined && originsLps.length !== nk)
      throw new RangeError(`${nk} slices need as many origins, not ${originsLps.length}`);
    this.#originsLps =
      originsLps ?? Array.from({ length: nk }, (_, k): Vec3 => [m[3] + k * m[2], m[7] + k * m[6], m[11] + k * m[10]]);
    this.#positionsMm = Float64Array.from(this.#originsLps, (origin) =>
      dot(this.#normal, subtract(origin, this.#originsLps[0])),
    );
    for (let k = 1; k < nk; k++) {
      if (!(this.#positionsMm[k] > this.#positionsMm[k - 1]))
        throw new RangeError(`slice ${k} does not lie behind slice ${k - 1} along the normal of the slices`);
    }
  }

  /** Slice nearest to a position along the normal, mm; the lower one halfway between two. */
  #nearestSlice(positionMm: number): number {
    const positions = this.#positionsMm;
    let low = 0;
    let high = positions.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (positionMm - positions[middle] <= positions[middle + 1] - positionMm) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Slice of a contour's plane and how far the plane is from it, mm, or why there is none. */
  #sliceOf(pointsLps: ArrayLike<number>): { readonly k: number; readonly offsetMm: number } | LeftOutReason {
    const [x, y, z] = this.#normal;
    const [x0, y0, z0] = this.#originsLps[0];
    let low = Infinity;
    let high = -Infinity;
    for (let n = 0; n < pointsLps.length; n += 3) {
      const t = x * (pointsLps[n] - x0) + y * (pointsLps[n + 1] - y0) + z * (pointsLps[n + 2] - z0);
      if (!Number.isFinite(t)) return 'not-finite';
      low = Math.min(low, t);
      high = Math.max(high, t);
    }
    if (high - low > 2 * this.#planarMm) return 'not-in-slice-plane';
    const k = this.#nearestSlice((low + high) / 2);
    const offsetMm = (low + high) / 2 - this.#positionsMm[k];
    // The margin lets a plane exactly halfway belong to a slice although decimals were rounded.
    return Math.abs(offsetMm) <= this.#spacingMm / 2 + 1e-6 ? { k, offsetMm } : 'between-slices';
  }

  #place(k: number, pointsLps: ArrayLike<number>): PlacedContour | LeftOutReason {
    const n = pointsLps.length / 3;
    const us = new Float64Array(n);
    const vs = new Float64Array(n);
    const [x0, y0, z0] = this.#originsLps[k];
    let [lowU, highU, lowV, highV] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let p = 0; p < n; p++) {
      const x = pointsLps[3 * p] - x0;
      const y = pointsLps[3 * p + 1] - y0;
      const z = pointsLps[3 * p + 2] - z0;
      us[p] = Math.round(FIXED_ONE * (this.#toI[0] * x + this.#toI[1] * y + this.#toI[2] * z));
      vs[p] = Math.round(FIXED_ONE * (this.#toJ[0] * x + this.#toJ[1] * y + this.#toJ[2] * z));
      lowU = Math.min(lowU, us[p]);
      highU = Math.max(highU, us[p]);
      lowV = Math.min(lowV, vs[p]);
      highV = Math.max(highV, vs[p]);
    }
    const [ni, nj] = this.#grid.sizeIjk;
    const isBeside = highU < 0 || lowU > FIXED_ONE * (ni - 1) || highV < 0 || lowV > FIXED_ONE * (nj - 1);
    return isBeside ? 'beside-grid' : { k, us, vs };
  }

  /** Each contour of one region placed on its slice, or the reason why it is left out. */
  placeRegion(contours: readonly Contour[]): (PlacedContour | LeftOutReason)[] {
    const slices = contours.map(({ type, pointsLps }) => {
      if (type !== 'CLOSED_PLANAR' && type !== 'CLOSEDPLANAR_XOR') return 'open';
      if (pointsLps.length % 3 !== 0) throw new RangeError('a contour needs three coordinates for each point');
      return pointsLps.length < 9 ? 'too-few-points' : this.#sliceOf(pointsLps);
    });
    // Of several planes that fall on one slice (contours drawn on thinner slices) the nearest is drawn: the XOR of them
    // all would leave only what they do not share.
    const nearest = new Map<number, number>();
    for (const slice of slices) {
      if (typeof slice === 'string') continue;
      const known = nearest.get(slice.k);
      if (known === undefined || Math.abs(slice.offsetMm) < Math.abs(known)) nearest.set(slice.k, slice.offsetMm);
    }
    return slices.map((slice, n) => {
      if (typeof slice === 'string') return slice;
      const isNearest = Math.abs(slice.offsetMm - (nearest.get(slice.k) ?? 0)) <= 2 * this.#planarMm;
      return isNearest ? this.#place(slice.k, contours[n].pointsLps) : 'farther-plane';
    });
  }
}
