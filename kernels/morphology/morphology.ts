import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Vec3, wordsPerRow } from '@efface/volume';
import { maskNot } from '../mask-logic/mask-logic.ts';
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

/** Widest ball along i: a row offset reaches into the neighbouring words only. */
const MAX_RADIUS_VOXELS = 31;

/**
 * The ball as rows: (dj, dk, half width along i, 0) for every row it meets. Centres exactly at the radius belong to it,
 * up to the rounding of mm. Throws RangeError when it is wider than 31 voxels along i.
 */
export function ballRows(spacingMm: Vec3, radiusMm: number): Int32Array {
  if (!(radiusMm >= 0)) throw new RangeError(`a ball cannot have radius ${radiusMm} mm`);
  // One part in 10⁹ keeps 3·0.7 mm inside a radius of 2.1 mm.
  const squared = radiusMm * radiusMm * (1 + 1e-9);
  const [nj, nk] = [1, 2].map((axis) => Math.floor(Math.sqrt(squared) / spacingMm[axis]));
  const rows: number[] = [];
  for (let dk = -nk; dk <= nk; dk++) {
    for (let dj = -nj; dj <= nj; dj++) {
      const left = squared - (dj * spacingMm[1]) ** 2 - (dk * spacingMm[2]) ** 2;
      if (left < 0) continue;
      const r = Math.floor(Math.sqrt(left) / spacingMm[0]);
      if (r > MAX_RADIUS_VOXELS)
        throw new RangeError(
          `a ball of ${radiusMm} mm spans more than ${MAX_RADIUS_VOXELS} voxels along i; resample the mask first`,
        );
      rows.push(dj, dk, r, 0);
    }
  }
  return Int32Array.from(rows);
}

/** Voxels within `radiusMm` of the mask. The caller owns the result. */
export function dilate(backend: Backend, { mask, sizeIjk, spacingMm, radiusMm }: MorphologyRequest): DeviceBuffer {
  const rows = ballRows(spacingMm, radiusMm);
  const perRow = wordsPerRow(sizeIjk[0]);
  const offsets = backend.createBuffer('ball', rows.byteLength, rows);
  const dst = backend.createBuffer('dilate', 4 * perRow * sizeIjk[1] * sizeIjk[2]);
  backend.dispatch(dilateBall, {
    params: { sizeIjk, wordsPerRow: perRow, offsetCount: rows.length / 4 },
    buffers: { src: mask, offsets, dst },
  });
  backend.release(offsets);
  return dst;
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
