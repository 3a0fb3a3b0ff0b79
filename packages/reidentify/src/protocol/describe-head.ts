import type { Backend } from '@efface/compute';
import type { ClipShape } from '@efface/kernels';
import type { Volume } from '@efface/volume';
import { describeFaces, meanDescriptor } from '../faces/describe-faces.ts';
import { faceDepthMap } from '../geometry/face-depth.ts';
import type { DepthMap } from '../geometry/match-depths.ts';
import type { FaceDetection, FaceDetector } from '../networks/face-detector.ts';
import type { FaceNetworks } from '../networks/face-models.ts';
import type { FacePicture } from '../networks/face-picture.ts';
import type { PortraitGrid } from '../portraits/portrait-grid.ts';
import { detectorPicture, type Portrait, PORTRAIT_FACE_BOX, renderPortraits } from '../portraits/render-portraits.ts';
import type { RenderFrame } from '../render.ts';

/** Best score of each detector in each picture it looked at, 0 where it saw nothing. */
export type DetectorScores = Readonly<Record<string, readonly number[]>>;

/** What is known of a person from one scan or one photograph: enough to recognise, too little to draw. */
export interface PersonDescription {
  readonly detectorScores: DetectorScores;
  /** One descriptor a picture. */
  readonly descriptors: readonly Float32Array[];
  readonly mean: Float32Array;
  /** The face's shape; scans have it, photographs do not. */
  readonly depth?: DepthMap;
}

/** A head to describe. */
export interface HeadRequest {
  readonly volume: Volume;
  readonly frame: RenderFrame;
  readonly thresholdReal: number;
  readonly smoothMm: number;
  readonly grid: PortraitGrid;
  readonly clips?: readonly ClipShape[];
}

/** Lower scores than this are not told apart from nothing. */
const LEAST_SCORE = 0.02;

/** Detections of every detector in every picture, best first. */
export async function detectFaces(
  detectors: readonly FaceDetector[],
  pictures: readonly FacePicture[],
): Promise<Readonly<Record<string, FaceDetection[][]>>> {
  const found: Record<string, FaceDetection[][]> = {};
  for (const detector of detectors) found[detector.name] = await detector.detect(pictures, { minScore: LEAST_SCORE });
  return found;
}

function bestScores(found: Readonly<Record<string, FaceDetection[][]>>): DetectorScores {
  const scores = Object.entries(found).map(([name, lists]) => [name, lists.map((list) => list.at(0)?.score ?? 0)]);
  return Object.fromEntries(scores) as DetectorScores;
}

/** Detectors look at one light in this many: whether there is a face depends on the light less than whose it is. */
const DETECTED_LIGHTS = 4;

/** A head's portraits and what the networks and the shape say of it. */
export async function describeHead(
  backend: Backend,
  networks: FaceNetworks,
  request: HeadRequest,
): Promise<{ readonly portraits: readonly Portrait[]; readonly description: PersonDescription }> {
  const portraits = await renderPortraits(backend, request);
  const pictures = portraits.map(({ picture }) => picture);
  const nLights = request.grid.lights.length;
  const looked = pictures.filter((_, n) => (n % nLights) % DETECTED_LIGHTS === 0);
  const found = await detectFaces(networks.detectors, looked.map(detectorPicture));
  const faces = await describeFaces(
    networks,
    pictures.map((picture) => ({ picture, box: PORTRAIT_FACE_BOX })),
  );
  const descriptors = faces.map(({ descriptor }) => descriptor);
  const depth = await faceDepthMap(backend, request);
  return {
    portraits,
    description: { detectorScores: bestScores(found), descriptors, mean: meanDescriptor(descriptors), depth },
  };
}

/** Why a photograph has no description. */
export type PhotographFailure = 'NO_FACE_FOUND' | 'SEVERAL_FACES_FOUND';

/** A second face this much smaller is somebody in the background, share of the largest one's edge. */
const BACKGROUND_SHARE = 0.5;

/**
 * What the networks say of the face in a photograph; why not, where there is none or more than one of about the same
 * size. The face is the one the first detector is surest of, above `minScore`.
 */
export async function describePhotograph(
  networks: FaceNetworks,
  picture: FacePicture,
  minScore = 0.5,
): Promise<PersonDescription | PhotographFailure> {
  const found = await detectFaces(networks.detectors, [picture]);
  const [first] = Object.values(found);
  const faces = first[0].filter(({ score }) => score > minScore);
  const edges = faces.map(({ box }) => Math.max(box.widthPx, box.heightPx));
  const largest = edges.indexOf(Math.max(...edges));
  if (faces.length === 0) return 'NO_FACE_FOUND';
  if (edges.some((edge, n) => n !== largest && edge > BACKGROUND_SHARE * edges[largest])) return 'SEVERAL_FACES_FOUND';
  const [{ descriptor }] = await describeFaces(networks, [{ picture, box: faces[largest].box }]);
  return { detectorScores: bestScores(found), descriptors: [descriptor], mean: descriptor };
}
