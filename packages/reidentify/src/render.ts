import { type Backend, deviceVolumeFromF32, type DeviceVolume, releaseVolume, uploadVolume } from '@efface/compute';
import {
  type Camera,
  frameCamera,
  rayCast,
  readGBuffer,
  readPictures,
  relight,
  resample,
  smoothGaussian,
  type SurfaceView,
} from '@efface/kernels';
import { add, isUniformRescale, scale, spacingMm, type Vec3, type Volume } from '@efface/volume';

/** Position and directions of a head, LPS; the directions are orthonormal. */
export interface RenderFrame {
  /** Middle of the head, mm. */
  readonly originLps: Vec3;
  readonly leftLps: Vec3;
  readonly posteriorLps: Vec3;
  readonly superiorLps: Vec3;
}

/** A direction seen from the head: yaw to the patient's left, pitch upwards; (0, 0) is straight ahead of the face. */
export interface Direction {
  readonly yawDegrees: number;
  readonly pitchDegrees: number;
}

/** Where a camera stands. */
export interface View extends Direction {
  /** File-name-safe. */
  readonly name: string;
}

/** Front, half left and left: what a photograph album has of a person. */
export const STANDARD_VIEWS: readonly View[] = [
  { name: 'front', yawDegrees: 0, pitchDegrees: 0 },
  { name: 'three-quarter', yawDegrees: 45, pitchDegrees: 0 },
  { name: 'profile', yawDegrees: 90, pitchDegrees: 0 },
];

/** How a head is rendered. */
export interface RenderRequest {
  readonly volume: Volume;
  /** Real value of the surface. */
  readonly thresholdReal: number;
  readonly frame: RenderFrame;
  readonly views: readonly View[];
  /** Edge of a picture. */
  readonly sizePx: number;
  /** Height of the field at the head, mm. Default 280. */
  readonly fieldMm?: number;
  /** Standard deviation of a Gaussian before the surface is sought; 0 renders the stored voxels as they are. */
  readonly smoothMm: number;
  readonly light: Direction;
}

/** One rendered view. */
export interface RenderedView extends SurfaceView {
  readonly name: string;
  /** 8-bit grey, row by row from the top left; the background is dark. */
  readonly grey: Uint8Array;
}

/** Distance of eye and middle of the head, and height of the field there, as portraits are taken. */
export const PORTRAIT_DISTANCE_MM = 800;
export const PORTRAIT_FIELD_MM = 280;

/** Grey of what is no surface: dark enough to set a face off, unlike any shade of it. */
const BACKGROUND_GREY = 24;

/** Unit vector, LPS, of a direction in the head's frame. */
export function directionToLps(frame: RenderFrame, { yawDegrees, pitchDegrees }: Direction): Vec3 {
  const yaw = (yawDegrees * Math.PI) / 180;
  const pitch = (pitchDegrees * Math.PI) / 180;
  const ahead = scale(frame.posteriorLps, -Math.cos(yaw) * Math.cos(pitch));
  const aside = scale(frame.leftLps, Math.sin(yaw) * Math.cos(pitch));
  return add(add(ahead, aside), scale(frame.superiorLps, Math.sin(pitch)));
}

/**
 * The value to look for and the voxels to look in: the stored ones where one line maps real to stored and nothing is
 * smoothed, else real values in f32 on the same grid.
 */
export function surfaceField(
  backend: Backend,
  { volume, thresholdReal, smoothMm }: Pick<RenderRequest, 'volume' | 'thresholdReal' | 'smoothMm'>,
): { readonly field: DeviceVolume; readonly thresholdStored: number } {
  const stored = uploadVolume(backend, 'render/volume', volume);
  const { slopePerK, interceptPerK } = volume.rescale;
  if (smoothMm === 0 && isUniformRescale(volume.rescale) && slopePerK[0] > 0)
    return { field: stored, thresholdStored: (thresholdReal - interceptPerK[0]) / slopePerK[0] };
  const { grid } = volume;
  let values = resample(backend, {
    source: stored,
    sourceGrid: grid,
    rescale: volume.rescale,
    targetGrid: grid,
    interpolation: 'nearest',
    outsideValue: 0,
  });
  releaseVolume(backend, stored);
  if (smoothMm > 0) {
    const spacing = spacingMm(grid);
    const sigmaVoxels: Vec3 = [smoothMm / spacing[0], smoothMm / spacing[1], smoothMm / spacing[2]];
    const smooth = smoothGaussian(backend, { source: values, sizeIjk: grid.sizeIjk, sigmaVoxels });
    backend.release(values);
    values = smooth;
  }
  return { field: deviceVolumeFromF32(values, grid.sizeIjk), thresholdStored: thresholdReal };
}

/**
 * Renders the surface of a head from several sides in one launch: perspective from 800 mm, as portraits are taken. The
 * patient's left is on the picture's right; a yaw of 90° shows the left profile, its face to the picture's left.
 */
export async function renderViews(backend: Backend, request: RenderRequest): Promise<RenderedView[]> {
  const { frame, views, sizePx, fieldMm = PORTRAIT_FIELD_MM, light } = request;
  const cameras: Camera[] = views.map((view) =>
    frameCamera({
      headCentreLps: frame.originLps,
      directionLps: directionToLps(frame, view),
      upLps: frame.superiorLps,
      sizeMm: fieldMm,
      distanceMm: PORTRAIT_DISTANCE_MM,
      widthPx: sizePx,
      heightPx: sizePx,
    }),
  );
  const { field, thresholdStored } = surfaceField(backend, request);
  const hits = rayCast(backend, { volume: field, grid: request.volume.grid, thresholdStored, cameras });
  const lights = [{ space: 'lps', direction: directionToLps(frame, light) }] as const;
  const pictures = relight(backend, hits, lights, { ambient: 0.1, model: 'half-lambert', background: BACKGROUND_GREY });
  const seen = await readGBuffer(backend, hits);
  const greys = await readPictures(backend, pictures);
  backend.release(pictures.buffer);
  backend.release(hits.buffer);
  releaseVolume(backend, field);
  return seen.map((view, n) => ({ ...view, name: views[n].name, grey: greys[n][0] }));
}
