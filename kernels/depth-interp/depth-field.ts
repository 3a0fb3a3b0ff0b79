import { type Backend, type DeviceBuffer, type DeviceVolume } from '@efface/compute';
import { add, cross, dot, type Grid, length, normalize, scale, type Vec3, wordsPerRow } from '@efface/volume';
import { type Camera } from '../ray-cast/camera.ts';
import { rayCast } from '../ray-cast/ray-cast.ts';
import { depthFromHits } from './depth-from-hits.ts';

/**
 * A rectangle of square pixels in the patient from which one looks along uLps × vLps. Pixel (u, v) is entry v·nu + u of
 * a field and has its centre at originLps + pixelMm·(u·uLps + v·vLps).
 */
export interface DepthWindow {
  /** Centre of pixel (0, 0), LPS mm. */
  readonly originLps: Vec3;
  /** Unit vectors at right angles: the direction in which u grows, and v. */
  readonly uLps: Vec3;
  readonly vLps: Vec3;
  /** Distance between neighbouring pixels. */
  readonly pixelMm: number;
  /** Number of pixels along u and v. */
  readonly sizePx: readonly [number, number];
}

/** A field of depths on the device. The caller releases both buffers. */
export interface DepthField {
  /** f32 per pixel: from the window's plane to the surface, mm; 0 where there is none. */
  readonly depthMm: DeviceBuffer;
  /** One bit per pixel, rows padded to words as in a mask of size (nu, nv, 1): is there a surface? */
  readonly valid: DeviceBuffer;
}

/** Where one looks and what one sees at least. */
export interface DepthWindowFrame {
  /** Middle of the window, LPS mm. */
  readonly centreLps: Vec3;
  /** The line of sight, from the window into the patient; need not have unit length. */
  readonly directionLps: Vec3;
  /** What lies opposite to growing v; need not be perpendicular to the line of sight. */
  readonly upLps: Vec3;
  readonly pixelMm: number;
  readonly sizePx: readonly [number, number];
}

/** Window around a line of sight. Throws RangeError for a direction of length 0 or along `upLps`. */
export function depthWindow({ centreLps, directionLps, upLps, pixelMm, sizePx }: DepthWindowFrame): DepthWindow {
  const across = cross(directionLps, upLps);
  if (!(length(across) > 1e-6 * length(directionLps) * length(upLps)))
    throw new RangeError(`nothing is up when one looks along (${directionLps.join(', ')})`);
  const uLps = normalize(across);
  const vLps = cross(normalize(directionLps), uLps);
  const corner = add(scale(uLps, (1 - sizePx[0]) / 2), scale(vLps, (1 - sizePx[1]) / 2));
  return { originLps: add(centreLps, scale(corner, pixelMm)), uLps, vLps, pixelMm, sizePx };
}

/** The line of sight of a window, LPS, unit length. */
export function lineOfSight({ uLps, vLps }: DepthWindow): Vec3 {
  return cross(uLps, vLps);
}

/** Throws RangeError when the axes are not at right angles and of length 1, or there are no pixels. */
export function checkWindow({ uLps, vLps, pixelMm, sizePx }: DepthWindow): void {
  const offs = [dot(uLps, uLps) - 1, dot(vLps, vLps) - 1, dot(uLps, vLps)];
  if (!offs.every((off) => Math.abs(off) < 1e-6))
    throw new RangeError(`the window's axes (${uLps.join(', ')}) and (${vLps.join(', ')}) are not orthonormal`);
  if (!(pixelMm > 0) || !sizePx.every((n) => Number.isInteger(n) && n > 0))
    throw new RangeError(`a window of ${sizePx.join(' × ')} pixels of ${pixelMm} mm`);
}

/** What to look at, and from where. */
export interface DepthFieldRequest {
  readonly volume: DeviceVolume;
  /** Grid of the volume: oblique, sheared, anisotropic and flipped ones included. */
  readonly grid: Grid;
  /** The surface is where stored values, interpolated, reach this. */
  readonly thresholdStored: number;
  readonly window: DepthWindow;
  /** Bricks of the same volume, when they are there already (`brickExtents`); they stay the caller's. */
  readonly bricks?: DeviceBuffer;
}

/**
 * Depth of the first surface behind each pixel of a window: the picture of an orthographic camera, so `rayCast` finds
 * it, with its accuracy (steps of half a voxel, roots to 2⁻¹⁷ voxel), its hits alike on every backend and its skipping
 * of empty bricks. A pixel whose plane lies in solid has depth 0. Throws RangeError for a window that is none.
 */
export function depthField(backend: Backend, request: DepthFieldRequest): DepthField {
  const { volume, grid, thresholdStored, window, bricks } = request;
  const { sizePx } = window;
  const cameras = [windowCamera(window)];
  const hits = rayCast(backend, { volume, grid, thresholdStored, cameras, ...(bricks && { bricks }) }).buffer;
  const depthMm = backend.createBuffer('depth-field', 4 * sizePx[0] * sizePx[1]);
  const perRow = wordsPerRow(sizePx[0]);
  const valid = backend.createBuffer('depth-field/valid', 4 * perRow * sizePx[1]);
  backend.dispatch(depthFromHits, {
    params: { sizePx, wordsPerRow: perRow },
    buffers: { hits, depth: depthMm, valid },
  });
  backend.release(hits);
  return { depthMm, valid };
}

/** The camera whose picture is the window: right is u, down is v. */
function windowCamera(window: DepthWindow): Camera {
  checkWindow(window);
  const { originLps, uLps, vLps, pixelMm, sizePx } = window;
  const [nu, nv] = sizePx;
  const toCentre = add(scale(uLps, (pixelMm * (nu - 1)) / 2), scale(vLps, (pixelMm * (nv - 1)) / 2));
  const eyeLps = add(originLps, toCentre);
  return {
    kind: 'orthographic',
    eyeLps,
    targetLps: add(eyeLps, lineOfSight(window)),
    upLps: scale(vLps, -1),
    heightMm: pixelMm * nv,
    widthPx: nu,
    heightPx: nv,
  };
}
