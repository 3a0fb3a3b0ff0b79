import { type Backend, releaseVolume } from '@efface/compute';
import { type ClipShape, frameCamera, rayCast, readPictures, relight } from '@efface/kernels';
import { add, scale, type Vec3 } from '@efface/volume';
import type { FacePicture, PixelBox } from '../networks/face-picture.ts';
import {
  type Direction, directionToLps, PORTRAIT_DISTANCE_MM, type RenderFrame, type RenderRequest, surfaceField,
} from '../render.ts'; // prettier-ignore
import type { PortraitGrid } from './portrait-grid.ts';

/** Height of the field at the face, and edge of a picture: the whole head, 0.94 mm a pixel. */
const FIELD_MM = 360;
const SIZE_PX = 384;

/** Detectors were trained on pictures in which a face is small: half as much again around the picture on every side. */
const DETECTOR_BORDER_PX = SIZE_PX / 2;

/** Grey of the background, and what is left of a surface that no light reaches. Detectors saw most faces with these. */
const BACKGROUND_GREY = 128;
const AMBIENT = 0.15;

/** Middle of the average face, mm from the middle of the brain: the same 30 heads as anatomy's average face. */
const FACE_AHEAD_MM = 85;
const FACE_BELOW_MM = 62;

/** Edge of the square that detectors draw around a face, mm. */
const FACE_EDGE_MM = 160;
const FACE_EDGE_PX = (FACE_EDGE_MM / FIELD_MM) * SIZE_PX;

/** Where the head's own geometry has its face in every portrait, whatever is left of it: cameras look at its middle. */
export const PORTRAIT_FACE_BOX: PixelBox = {
  leftPx: (SIZE_PX - FACE_EDGE_PX) / 2,
  topPx: (SIZE_PX - FACE_EDGE_PX) / 2,
  widthPx: FACE_EDGE_PX,
  heightPx: FACE_EDGE_PX,
};

/** One portrait of a head. */
export interface Portrait {
  readonly camera: Direction;
  readonly light: Direction;
  readonly picture: FacePicture;
}

/** A head and how its portraits are taken. */
export interface PortraitRequest extends Pick<RenderRequest, 'volume' | 'thresholdReal' | 'smoothMm'> {
  readonly frame: RenderFrame;
  readonly grid: PortraitGrid;
  /** What all of these keep is seen; see rayCast. */
  readonly clips?: readonly ClipShape[];
}

/** Middle of the average face in a head's frame, LPS mm. It needs no face, so that defaced heads have it too. */
export function faceCentreLps(frame: RenderFrame): Vec3 {
  const ahead = scale(frame.posteriorLps, -FACE_AHEAD_MM);
  return add(frame.originLps, add(ahead, scale(frame.superiorLps, -FACE_BELOW_MM)));
}

/**
 * Portraits of a head: perspective from 800 mm at the middle of its face, every camera of the grid under every light
 * of it, from one march a camera. Cameras and lights stand in the head's own frame; nothing about them is taken from
 * the face, so that a head without one is seen as it would be with it.
 */
export async function renderPortraits(backend: Backend, request: PortraitRequest): Promise<Portrait[]> {
  const { volume, frame, grid, clips = [] } = request;
  const centreLps = faceCentreLps(frame);
  const cameras = grid.cameras.map((direction) =>
    frameCamera({
      headCentreLps: centreLps,
      directionLps: directionToLps(frame, direction),
      upLps: frame.superiorLps,
      sizeMm: FIELD_MM,
      distanceMm: PORTRAIT_DISTANCE_MM,
      widthPx: SIZE_PX,
      heightPx: SIZE_PX,
    }),
  );
  const { field, thresholdStored } = surfaceField(backend, request);
  const hits = rayCast(backend, { volume: field, grid: volume.grid, thresholdStored, cameras, clips });
  const lights = grid.lights.map((light) => ({ space: 'lps', direction: directionToLps(frame, light) }) as const);
  const pictures = relight(backend, hits, lights, {
    ambient: AMBIENT,
    model: 'lambert',
    background: BACKGROUND_GREY,
  });
  const greys = await readPictures(backend, pictures);
  backend.release(pictures.buffer);
  backend.release(hits.buffer);
  releaseVolume(backend, field);
  return grid.cameras.flatMap((camera, c) =>
    grid.lights.map((light, l) => ({
      camera,
      light,
      picture: { width: SIZE_PX, height: SIZE_PX, channels: 1, samples: greys[c][l] },
    })),
  );
}

/** A portrait with as much background around it as detectors want. */
export function detectorPicture({ width, height, samples }: FacePicture): FacePicture {
  const border = DETECTOR_BORDER_PX;
  const wide = width + 2 * border;
  const canvas = new Uint8Array(wide * (height + 2 * border)).fill(BACKGROUND_GREY);
  for (let row = 0; row < height; row++)
    canvas.set(samples.subarray(row * width, (row + 1) * width), (row + border) * wide + border);
  return { width: wide, height: height + 2 * border, channels: 1, samples: canvas };
}
