import { join } from 'node:path';
import { DLIB_RECOGNISER, type FaceRecogniser, OnnxFaceRecogniser } from './face-recogniser.ts';
import type { FaceDetector } from './face-detector.ts';
import { DenseLandmarkFinder, type LandmarkFinder } from './landmark-finder.ts';
import type { NetworkOptions, NetworkSource } from './network.ts';
import { SsdFaceDetector } from './ssd-face-detector.ts';
import { TinyFaceDetector } from './tiny-face-detector.ts';

/** What a record says of a network. */
export interface FaceModel {
  readonly name: string;
  readonly kind: 'detector' | 'landmarks' | 'recogniser';
  readonly file: string;
  readonly sha256: string;
  readonly licence: string;
  readonly origin: string;
}

const ORIGIN = 'npm package @vladmandic/face-api 1.7.15';

/**
 * The networks that tools/convert-models makes from an npm package. The hashes are those of the ONNX files it writes:
 * another package, or another converter, is noticed.
 */
export const FACE_MODELS = {
  ssd: {
    name: 'ssd-mobilenet-v1',
    kind: 'detector',
    file: 'ssd-mobilenet-v1.onnx',
    sha256: 'd7c6efb2502e41812dfd793f120ca47a989a264137639a2617e91d931e640c2b',
    licence: 'MIT',
    origin: `${ORIGIN}, ssd_mobilenetv1_model (trained on WIDER FACE)`,
  },
  tiny: {
    name: 'tiny-face-detector',
    kind: 'detector',
    file: 'tiny-face-detector.onnx',
    sha256: '8556f64d7cbefdbabe6c306269ae526134a7a46da0ebd26236eea32495c27fdb',
    licence: 'MIT',
    origin: `${ORIGIN}, tiny_face_detector_model`,
  },
  landmarks: {
    name: 'face-landmark-68',
    kind: 'landmarks',
    file: 'face-landmark-68.onnx',
    sha256: 'b335a6bf152fa33ca3ef5c626e04afa05494c6f30edc2fbe4af782bc686ce3d7',
    licence: 'MIT',
    origin: `${ORIGIN}, face_landmark_68_model`,
  },
  recogniser: {
    name: 'dlib-resnet-v1',
    kind: 'recogniser',
    file: 'dlib-resnet-v1.onnx',
    sha256: '899b9187b2505c62c31d002d1fc85af15803e861f446e1d17c1bd3f08e095dd7',
    licence: 'MIT; dlib_face_recognition_resnet_model_v1 itself is CC0-1.0',
    origin: `${ORIGIN}, face_recognition_model (dlib_face_recognition_resnet_model_v1, weights of 8 bits)`,
  },
} as const satisfies Readonly<Record<string, FaceModel>>;

/** Everything needed to find and describe faces. */
export interface FaceNetworks extends AsyncDisposable {
  /** Two of different families: one alone finds faces in shaded spheres. */
  readonly detectors: readonly FaceDetector[];
  readonly landmarks: LandmarkFinder;
  readonly recogniser: FaceRecogniser;
}

/** A model's file in a folder. */
export function modelSource(model: FaceModel, folder: string): NetworkSource {
  return { name: model.name, file: join(folder, model.file), sha256: model.sha256 };
}

/** Opens the networks of FACE_MODELS from a folder. ModelError and InferenceError say what is wrong. */
export async function openFaceNetworks(folder: string, options?: NetworkOptions): Promise<FaceNetworks> {
  const opened: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(network: T): T => {
    opened.push(network);
    return network;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((network) => network[Symbol.asyncDispose]()));
  };
  const { ssd, tiny, landmarks, recogniser } = FACE_MODELS;
  try {
    return {
      detectors: [
        keep(await SsdFaceDetector.open(modelSource(ssd, folder), options)),
        keep(await TinyFaceDetector.open(modelSource(tiny, folder), options)),
      ],
      landmarks: keep(await DenseLandmarkFinder.open(modelSource(landmarks, folder), options)),
      recogniser: keep(await OnnxFaceRecogniser.open(modelSource(recogniser, folder), DLIB_RECOGNISER, options)),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
