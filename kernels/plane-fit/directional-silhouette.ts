import { type Backend, type DeviceBuffer } from '@efface/compute';
import { add, cross, dot, type Grid, ijkToLps, length, scale, stepLps, subtract, type Vec3, wordsPerRow } from '@efface/volume'; // prettier-ignore
import { type Point2 } from './hull.ts';
import { rowExtremes } from './row-extremes.ts';
import { splatMask } from './splat-mask.ts';

/** What to look at, from where. */
export interface DirectionalSilhouetteRequest {
  /** Bit-packed, on the grid. */
  readonly mask: DeviceBuffer;
  readonly grid: Grid;
  /** Along which to project, LPS, any length but 0. */
  readonly directionLps: Vec3;
  /** What is up in the image, LPS, not parallel to the direction. Default superior, anterior when looking along that. */
  readonly upLps?: Vec3;
  /** Edge of the square pixels, mm. Default: the diagonal of a voxel, the smallest that leaves no holes. */
  readonly pixelMm?: number;
}

/** A bit image of a plane in the patient. */
export interface PlaneBits {
  /** Rows of `wordsPerRow` words, bit u & 31 of word u >> 5 of row v. The caller owns it. */
  readonly bits: DeviceBuffer;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly wordsPerRow: number;
  readonly pixelMm: number;
  /** Centre of pixel (0, 0), LPS mm; the plane goes through the centre of the first voxel. */
  readonly originLps: Vec3;
  /** Unit vectors of growing u and v, LPS; u × v is the direction of the projection. */
  readonly uLps: Vec3;
  readonly vLps: Vec3;
}

type Int2 = readonly [number, number];

/** Unit vectors u, v of the image plane, v towards `up`. */
function planeAxes(directionLps: Vec3, upLps: Vec3 | undefined): readonly [Vec3, Vec3] {
  const size = length(directionLps);
  if (!(size > 0 && size < Infinity)) throw new RangeError('the direction of a projection has a finite length above 0');
  const n = scale(directionLps, 1 / size);
  const up: Vec3 = upLps ?? (Math.abs(n[2]) > 0.95 ? [0, -1, 0] : [0, 0, 1]);
  const across = subtract(up, scale(n, dot(up, n)));
  if (!(length(across) > 1e-6 * length(up))) throw new RangeError('up is parallel to the direction of the projection');
  const v = scale(across, 1 / length(across));
  return [cross(v, n), v];
}

/**
 * Silhouette of a mask along any direction: a pixel is set when the centre of a voxel of the mask falls into it. The
 * image holds the whole grid. A point in the shadow of a voxel is no farther from the voxel's centre, seen along the
 * direction, than half the voxel's diagonal. So from pixels of one diagonal up, every pixel whose centre lies in the
 * shadow of the voxels as solids is set: no holes. Smaller pixels may leave some where the mask is thin.
 *
 * Positions are fixed-point integers with as many bits as the image leaves (see `splatMask`), so all backends give the
 * same bytes; a centre is off by less than (ni + nj + nk)/2^bits pixels, 0.002 for a head CT. Throws RangeError for a
 * direction of no length, an up parallel to it, a pixel that is not above 0, and an image wider than 2²² pixels.
 */
export function silhouetteAlong(
  backend: Backend,
  { mask, grid, directionLps, upLps, pixelMm }: DirectionalSilhouetteRequest,
): PlaneBits {
  const [uLps, vLps] = planeAxes(directionLps, upLps);
  const axes = [uLps, vLps];
  const steps = ([0, 1, 2] as const).map((axis) => stepLps(grid, axis));
  const pixel = pixelMm ?? voxelDiagonalMm(steps);
  if (!(pixel > 0 && pixel < Infinity)) throw new RangeError(`a pixel cannot be ${pixel} mm wide`);
  // From the centre of the first voxel, in pixels along u and v: the steps, and how far the grid reaches either way.
  const perStep = axes.map((axis) => steps.map((step) => dot(axis, step) / pixel));
  const reach = perStep.map((along) => {
    const ends = along.map((step, axis) => step * (grid.sizeIjk[axis] - 1));
    return ends.reduce(([low, high], end) => [low + Math.min(0, end), high + Math.max(0, end)], [0, 0]);
  });
  const [widthPx, heightPx] = reach.map(([low, high]) => Math.ceil(high - low) + 1);
  const fractionBits = Math.min(20, 30 - Math.ceil(Math.log2(Math.max(widthPx, heightPx) + 2)));
  if (!(fractionBits >= 8)) throw new RangeError(`${widthPx} × ${heightPx} pixels of ${pixel} mm are too many`);
  const toFixed = (px: number): number => Math.round(px * 2 ** fractionBits);
  const step = (axis: 0 | 1 | 2): Int2 => [toFixed(perStep[0][axis]), toFixed(perStep[1][axis])];
  const perRow = wordsPerRow(widthPx);
  const bits = backend.createBuffer('silhouette-along', 4 * perRow * heightPx);
  backend.dispatch(splatMask, {
    params: {
      sizeIjk: grid.sizeIjk,
      wordsPerRow: wordsPerRow(grid.sizeIjk[0]),
      sizeUv: [widthPx, heightPx],
      dstWordsPerRow: perRow,
      stepI: step(0),
      stepJ: step(1),
      stepK: step(2),
      // Half a pixel, since a pixel reaches that far to both sides of its centre.
      origin: [toFixed(0.5 - reach[0][0]), toFixed(0.5 - reach[1][0])],
    },
    constants: { FRACTION_BITS: fractionBits },
    buffers: { src: mask, dst: bits },
  });
  const corner = add(scale(uLps, reach[0][0] * pixel), scale(vLps, reach[1][0] * pixel));
  const originLps = add(ijkToLps(grid, [0, 0, 0]), corner);
  return { bits, widthPx, heightPx, wordsPerRow: perRow, pixelMm: pixel, originLps, uLps, vLps };
}

/** Longest diagonal of the parallelepiped of a voxel. */
function voxelDiagonalMm([a, b, c]: readonly Vec3[]): number {
  const diagonals = [add(add(a, b), c), subtract(add(a, b), c), add(subtract(a, b), c), subtract(subtract(a, b), c)];
  return Math.max(...diagonals.map(length));
}

/** First and past-the-last set pixel of every row of a bit image, 0 and 0 for an empty row. */
export async function silhouetteRowExtremes(
  backend: Backend,
  { bits, heightPx, wordsPerRow: perRow }: Pick<PlaneBits, 'bits' | 'heightPx' | 'wordsPerRow'>,
): Promise<Uint32Array> {
  const extremes = backend.createBuffer('row-extremes', 8 * heightPx);
  backend.dispatch(rowExtremes, {
    params: { rows: heightPx, wordsPerRow: perRow },
    buffers: { src: bits, dst: extremes },
  });
  const result = new Uint32Array(await backend.read(extremes), 0, 2 * heightPx);
  backend.release(extremes);
  return result;
}

/** Centres of the outermost pixels of each row, mm along u and v from the centre of pixel (0, 0). */
export function extremePointsMm(extremes: Uint32Array, pixelMm: number): Point2[] {
  const points: Point2[] = [];
  for (let row = 0; 2 * row < extremes.length; row++) {
    const [first, end] = [extremes[2 * row], extremes[2 * row + 1]];
    if (first < end) points.push([first * pixelMm, row * pixelMm], [(end - 1) * pixelMm, row * pixelMm]);
  }
  return points;
}
