import { allocateShared, type Vec3 } from '@efface/volume';
import { FIXED_ONE, type PlacedContour } from './contour-slices.ts';

/** Bits of a toggle that hold the number of the region; the voxel index lies above them. */
export const REGION_BITS = 5;

/** Where contours cross the rows of a grid, row by row. */
export interface ToggleTable {
  /** First toggle of each row (j, then k), and the number of all of them at the end. */
  readonly rowStart: Uint32Array;
  /** Voxel i from which on a region is inverted, times 2^REGION_BITS, plus the region's number; no order in a row. */
  readonly toggles: Uint32Array;
}

/**
 * Collects the crossings of contours with rows of voxel centres and sorts them by row. An edge crosses row j when its
 * lower end is at or above it and its upper end is not (low ≤ j < high); it inverts every voxel i at or behind the
 * crossing. So a voxel is inside when the number of crossings at or before it is odd: even-odd, half-open, and contours
 * of one region combine by XOR. Contours have vertices about a voxel apart, so there are no more crossings than edges.
 */
export class ToggleCollector {
  readonly #sizeIjk: Vec3;
  readonly #rowCounts: Uint32Array;
  #rows = new Uint32Array(1024);
  #toggles = new Uint32Array(1024);
  #count = 0;

  constructor(sizeIjk: Vec3) {
    this.#sizeIjk = sizeIjk;
    this.#rowCounts = new Uint32Array(sizeIjk[1] * sizeIjk[2]);
  }

  /** Adds the edges of a contour, the closing one included. */
  add(region: number, { k, us, vs }: PlacedContour): void {
    const n = us.length;
    for (let p = 0; p < n; p++) {
      const q = p + 1 < n ? p + 1 : 0;
      // From the lower end to the upper one, so that an edge crosses alike in both directions.
      if (vs[p] < vs[q]) this.#addEdge(region, k, us[p], vs[p], us[q], vs[q]);
      else if (vs[q] < vs[p]) this.#addEdge(region, k, us[q], vs[q], us[p], vs[p]);
    }
  }

  #addEdge(region: number, k: number, u0: number, v0: number, u1: number, v1: number): void {
    const [ni, nj] = this.#sizeIjk;
    const first = Math.max(0, Math.ceil(v0 / FIXED_ONE));
    const end = Math.min(nj, Math.ceil(v1 / FIXED_ONE));
    if (first >= end) return;
    if (this.#count + end - first > this.#rows.length) this.#grow(this.#count + end - first);
    const du = u1 - u0;
    const dv = v1 - v0;
    const voxel = Math.floor(u0 / FIXED_ONE);
    const rest = (u0 - voxel * FIXED_ONE) * dv;
    const divisor = FIXED_ONE * dv;
    for (let j = first; j < end; j++) {
      // The first voxel at or behind the crossing. For edges up to 64 voxels long every number here is whole and below
      // 2⁵³, and a quotient that is not whole is farther from a whole number than f64 rounds: the decision is exact. The
      // products of longer edges are rounded to 53 bits.
      const i = voxel + Math.ceil((rest + (j * FIXED_ONE - v0) * du) / divisor);
      if (i >= ni) continue;
      const row = k * nj + j;
      this.#rowCounts[row]++;
      this.#rows[this.#count] = row;
      this.#toggles[this.#count] = ((i > 0 ? i : 0) << REGION_BITS) | region;
      this.#count++;
    }
  }

  #grow(needed: number): void {
    const capacity = Math.max(needed, 2 * this.#rows.length);
    const rows = new Uint32Array(capacity);
    const toggles = new Uint32Array(capacity);
    rows.set(this.#rows);
    toggles.set(this.#toggles);
    this.#rows = rows;
    this.#toggles = toggles;
  }

  /** The table of all that was added, in shared memory. */
  table(): ToggleTable {
    const rows = this.#rowCounts.length;
    const rowStart = new Uint32Array(allocateShared(4 * (rows + 1)));
    for (let row = 0; row < rows; row++) rowStart[row + 1] = rowStart[row] + this.#rowCounts[row];
    const next = rowStart.slice(0, rows);
    // One entry more than needed when there is none: a buffer cannot be empty.
    const toggles = new Uint32Array(allocateShared(4 * Math.max(1, this.#count)));
    for (let n = 0; n < this.#count; n++) toggles[next[this.#rows[n]]++] = this.#toggles[n];
    return { rowStart, toggles };
  }
}
