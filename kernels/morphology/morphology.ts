import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskLogic, maskNot } from '../mask-logic/mask-logic.ts';
import { dilateBall } from './dilate-ball.ts';

/** A mask and the ball to move over it. */
export interface MorphologyRequest {
  readonly mask: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** Distance of voxel centres along i, j, k, mm. */
  readonly spacingMm: Vec3;
  /** Euclidean radius; voxels whose centres are at most this far apart belong together. */
  readonly radiusMm: number;
}

/** Widest row of one launch: the shader sees one word before and one after. */
const MAX_REACH_VOXELS = 32;

/** One row of a ball: its offset along j and k and its half width along i, voxels. */
export interface BallRow {
  readonly dj: number;
  readonly dk: number;
  readonly reach: number;
}

/**
 * The ball as the rows it meets, widest first. Centres exactly at the radius belong to it, up to the rounding of mm.
 * Throws RangeError for a radius that is negative or not a number.
 */
export function ballRows(spacingMm: Vec3, radiusMm: number): BallRow[] {
  if (!(radiusMm >= 0)) throw new RangeError(`a ball cannot have radius ${radiusMm} mm`);
  // One part in 10⁹ keeps 3·0.7 mm inside a radius of 2.1 mm.
  const squared = radiusMm * radiusMm * (1 + 1e-9);
  const [nj, nk] = [1, 2].map((axis) => Math.floor(Math.sqrt(squared) / spacingMm[axis]));
  const rows: BallRow[] = [];
  for (let dk = -nk; dk <= nk; dk++) {
    for (let dj = -nj; dj <= nj; dj++) {
      const left = squared - (dj * spacingMm[1]) ** 2 - (dk * spacingMm[2]) ** 2;
      if (left >= 0) rows.push({ dj, dk, reach: Math.floor(Math.sqrt(left) / spacingMm[0]) });
    }
  }
  return rows.sort((a, b) => b.reach - a.reach);
}

/** Rows as the binding `offsets` of dilate-ball. */
export function ballOffsets(rows: readonly BallRow[]): Int32Array {
  return Int32Array.from(rows.flatMap(({ dj, dk, reach }) => [dj, dk, reach, 0]));
}

/** Union of the mask shifted by every row of a ball, widest first. The caller owns the result. */
function dilateRows(backend: Backend, mask: DeviceBuffer, sizeIjk: Vec3, rows: readonly BallRow[]): DeviceBuffer {
  const near = rows.filter(({ reach }) => reach <= MAX_REACH_VOXELS);
  const dst = dilateOnce(backend, mask, sizeIjk, near);
  if (near.length === rows.length) return dst;
  // Wider rows reach the rest of their way in a second step along i.
  const far = rows.slice(0, rows.length - near.length);
  const shortened = far.map((row) => ({ ...row, reach: row.reach - MAX_REACH_VOXELS }));
  const started = dilateRows(backend, mask, sizeIjk, shortened);
  const arrived = dilateOnce(backend, started, sizeIjk, [{ dj: 0, dk: 0, reach: MAX_REACH_VOXELS }]);
  const either = maskLogic(backend, { a: dst, b: arrived, sizeIjk, operation: 'or' });
  for (const buffer of [dst, started, arrived]) backend.release(buffer);
  return either;
}

function dilateOnce(backend: Backend, mask: DeviceBuffer, sizeIjk: Vec3, rows: readonly BallRow[]): DeviceBuffer {
  const perRow = wordsPerRow(sizeIjk[0]);
  const dst = backend.createBuffer('dilate', 4 * perRow * sizeIjk[1] * sizeIjk[2]);
  // Without a row the union is empty, which is what a new buffer holds.
  if (rows.length === 0) return dst;
  const table = ballOffsets(rows);
  const offsets = backend.createBuffer('ball', table.byteLength, table);
  backend.dispatch(dilateBall, {
    params: { sizeIjk, wordsPerRow: perRow, offsetCount: rows.length },
    buffers: { src: mask, offsets, dst },
  });
  backend.release(offsets);
  return dst;
}

/** Voxels within `radiusMm` of the mask; beyond the grid is empty. The caller owns the result. */
export function dilate(backend: Backend, { mask, sizeIjk, spacingMm, radiusMm }: MorphologyRequest): DeviceBuffer {
  return dilateRows(backend, mask, sizeIjk, ballRows(spacingMm, radiusMm));
}

/** Voxels farther than `radiusMm` from everything outside the mask; beyond the grid counts as inside. */
export function erode(backend: Backend, request: MorphologyRequest): DeviceBuffer {
  const outside = maskNot(backend, request.mask, request.sizeIjk);
  const grown = dilate(backend, { ...request, mask: outside });
  const dst = maskNot(backend, grown, request.sizeIjk);
  backend.release(outside);
  backend.release(grown);
  return dst;
}

/** Erosion, then dilation: drops what the ball does not fit into. */
export function open(backend: Backend, request: MorphologyRequest): DeviceBuffer {
  const eroded = erode(backend, request);
  const dst = dilate(backend, { ...request, mask: eroded });
  backend.release(eroded);
  return dst;
}

/** Dilation, then erosion: fills what the ball does not fit into. */
export function close(backend: Backend, request: MorphologyRequest): DeviceBuffer {
  const grown = dilate(backend, request);
  const dst = erode(backend, { ...request, mask: grown });
  backend.release(grown);
  return dst;
}
