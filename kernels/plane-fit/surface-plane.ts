import { type Backend, type DeviceBuffer } from '@efface/compute';
import { dot, type Grid, ijkToLps, stepLps, type Vec3, wordsPerRow } from '@efface/volume';
import { surfaceMoments } from './surface-moments.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A mask to fit a plane to. */
export interface SurfacePlaneRequest {
  /** Bit-packed, on the grid. */
  readonly mask: DeviceBuffer;
  readonly grid: Grid;
  /** Only surface voxels that it holds count. Default: all. Bit-packed, same grid. */
  readonly region?: DeviceBuffer;
}

/** The plane of least squared distances to the centres of surface voxels. */
export interface SurfacePlane {
  /** Mean of the centres, LPS mm; it lies in the plane. */
  readonly centroidLps: Vec3;
  /** Unit normal, LPS; its largest component is positive. */
  readonly normalLps: Vec3;
  /** Root mean square distance of the centres from the plane, mm. */
  readonly rmsMm: number;
  /** Root mean square extents along the two axes in the plane, the larger first, mm. */
  readonly extentsMm: readonly [number, number];
  /** Surface voxels. */
  readonly count: number;
}

/** Largest size of a grid along an axis: the kernel's partial sums are 32 bits. */
const MAX_SIZE = 4096;

/** Below this share of the largest variance a second one is rounding: the voxels lie on a line. */
const LINE_SHARE = 1e-12;

/**
 * Least-squares plane (principal components) of a mask's surface: its voxels with a face neighbour that is not in the
 * mask. Voxels outside the grid count as in the mask, as the border of the image is no surface of the patient. The
 * moments are summed as integers, exactly, on the device; 80 bytes come back. undefined when the surface voxels do not
 * span a plane. O(voxels / 32). Throws RangeError for grids of more than 4096 voxels along an axis.
 */
export async function surfacePlane(
  backend: Backend,
  { mask, grid, region }: SurfacePlaneRequest,
): Promise<SurfacePlane | undefined> {
  const { sizeIjk } = grid;
  if (sizeIjk.some((n) => n > MAX_SIZE)) throw new RangeError(`a grid of ${sizeIjk.join(' × ')} voxels is too large`);
  const buffer = backend.createBuffer('surface-moments', 80);
  backend.dispatch(surfaceMoments, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]) },
    constants: { HAS_REGION: region === undefined ? 0 : 1 },
    buffers: { src: mask, region: region ?? mask, sums: buffer },
  });
  const halves = new Uint32Array(await backend.read(buffer));
  backend.release(buffer);
  return planeOfMoments(grid, Array.from({ length: 10 }, (_, m) => (BigInt(halves[2 * m + 1]) << 32n) | BigInt(halves[2 * m]))); // prettier-ignore
}

/** The plane of sums of 1, i, j, k, ii, ij, ik, jj, jk, kk. */
function planeOfMoments(grid: Grid, sums: readonly bigint[]): SurfacePlane | undefined {
  const [n, i, j, k, ii, ij, ik, jj, jk, kk] = sums;
  if (n < 3n) return undefined;
  const count = Number(n);
  // n·Σxy − Σx·Σy is exact in big integers; in f64 it would cancel.
  const covariance = (xy: bigint, x: bigint, y: bigint): number => Number(n * xy - x * y) / count ** 2;
  const [cii, cij, cik] = [covariance(ii, i, i), covariance(ij, i, j), covariance(ik, i, k)];
  const [cjj, cjk, ckk] = [covariance(jj, j, j), covariance(jk, j, k), covariance(kk, k, k)];
  const inIjk = [[cii, cij, cik], [cij, cjj, cjk], [cik, cjk, ckk]] as const; // prettier-ignore
  // From index to LPS: A·C·Aᵀ with the steps as columns of A.
  const steps = ([0, 1, 2] as const).map((axis) => stepLps(grid, axis));
  const rowsOfA = ([0, 1, 2] as const).map((r): Vec3 => [steps[0][r], steps[1][r], steps[2][r]]);
  const inLps = (r: number, c: number): number => {
    const right: Vec3 = [dot(inIjk[0], rowsOfA[c]), dot(inIjk[1], rowsOfA[c]), dot(inIjk[2], rowsOfA[c])];
    return dot(rowsOfA[r], right);
  };
  const { values, vectors } = symmetricEigen([
    [inLps(0, 0), inLps(0, 1), inLps(0, 2)],
    [inLps(1, 0), inLps(1, 1), inLps(1, 2)],
    [inLps(2, 0), inLps(2, 1), inLps(2, 2)],
  ]);
  if (!(values[1] > LINE_SHARE * values[0])) return undefined;
  const normal = vectors[2];
  const largest = normal.reduce((best, c) => (Math.abs(c) > Math.abs(best) ? c : best), 0);
  const sign = largest < 0 ? -1 : 1;
  return {
    centroidLps: ijkToLps(grid, [Number(i) / count, Number(j) / count, Number(k) / count]),
    normalLps: [sign * normal[0], sign * normal[1], sign * normal[2]],
    rmsMm: Math.sqrt(Math.max(0, values[2])),
    extentsMm: [Math.sqrt(values[0]), Math.sqrt(values[1])],
    count,
  };
}
